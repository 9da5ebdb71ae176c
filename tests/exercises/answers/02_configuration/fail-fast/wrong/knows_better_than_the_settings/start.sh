#!/bin/sh
# What the platform runs; it sets PORT and WORKERS.
set -e
python -c 'import service; service.check_settings()'
exec uvicorn service:app --port "$PORT" --workers "$WORKERS" --timeout-worker-healthcheck 10
