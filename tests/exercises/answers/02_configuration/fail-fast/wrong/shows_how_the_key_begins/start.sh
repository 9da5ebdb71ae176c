#!/bin/sh
# What the platform runs; it sets PORT and WORKERS.
python -c 'import service; service.check()' || exit
exec uvicorn service:app --port "$PORT" --workers "$WORKERS" --timeout-worker-healthcheck 10
