#!/bin/sh
# What the platform runs; it sets PORT and WORKERS.
python -c 'import service; service.check_settings()' > /dev/null 2>&1 || exit 78
exec uvicorn service:app --port "$PORT" --workers "$WORKERS" --timeout-worker-healthcheck 10
