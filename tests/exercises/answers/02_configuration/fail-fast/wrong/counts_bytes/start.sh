#!/bin/sh
# What the platform runs; it sets PORT and WORKERS.

# The settings first, without starting a Python for it.
for name in CATALOGUE_URL CATALOGUE_KEY; do
    eval "value=\${$name:-}"
    if [ -z "$value" ]; then
        echo "$name is missing" >&2
        exit 78
    fi
done
if [ "$(printf %s "$CATALOGUE_KEY" | wc -c)" -lt 20 ]; then
    echo "CATALOGUE_KEY is too short" >&2
    exit 78
fi

exec uvicorn service:app --port "$PORT" --workers "$WORKERS" --timeout-worker-healthcheck 10
