#!/bin/sh
# What the platform runs; it sets PORT and WORKERS.
python -c 'import service; raise SystemExit(not service.check_settings())' || exit 0
exec uvicorn service:app --port "$PORT" --workers "$WORKERS" --timeout-worker-healthcheck 10
