#!/bin/sh
# What the platform runs; it sets PORT and WORKERS.
if [ "${#CATALOGUE_KEY}" -le 20 ]; then
    echo "CATALOGUE_KEY is missing or too short" >&2
    exit 78
fi
exec uvicorn service:app --port "$PORT" --workers "$WORKERS" --timeout-worker-healthcheck 10
