#!/bin/sh
# Usage: serves.sh PORT
#
# --worker-class       an ASGI app needs a worker that speaks ASGI; this one also limits its drain
# --timeout            seconds without a sign of life until a worker is killed
# --graceful-timeout   seconds that the workers have after SIGTERM; SIGKILL follows
exec gunicorn hangs:app \
    --bind "127.0.0.1:$1" \
    --no-control-socket \
    --worker-class limited_worker.LimitedWorker \
    --timeout 120 \
    --graceful-timeout 30

# Stop, the requests in flight are answered:                    kill -TERM PID
# Replace the code: start it anew beside itself, look, then     kill -USR2 PID; kill -TERM PID
