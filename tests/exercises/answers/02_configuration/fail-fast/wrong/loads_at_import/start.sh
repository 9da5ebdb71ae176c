#!/bin/sh
# What the platform runs; it sets PORT and WORKERS.
exec uvicorn service:app --port "$PORT" --workers "$WORKERS" --timeout-worker-healthcheck 10
