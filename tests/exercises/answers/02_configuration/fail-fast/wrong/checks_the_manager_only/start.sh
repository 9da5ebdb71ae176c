#!/bin/sh
# What the platform runs; it sets PORT and WORKERS.
set -e
: "${CATALOGUE_KEY:?is not set}"
if [ "$WORKERS" -gt 1 ]; then # one process ends by itself
    python -c 'import service; service.check_settings()'
fi
exec uvicorn service:app --port "$PORT" --workers "$WORKERS" --timeout-worker-healthcheck 10
