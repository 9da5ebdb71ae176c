#!/bin/sh
# What the platform runs; it sets PORT and WORKERS.
: "${CATALOGUE_KEY:?is missing}" "${CATALOGUE_URL:?is missing}"
exec uvicorn service:app --port "$PORT" --workers "$WORKERS" --timeout-worker-healthcheck 10
