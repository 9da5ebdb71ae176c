#!/bin/sh
# What the platform runs; it sets PORT and WORKERS.

python -c 'import service; service.check()' || exit 78

stopped=
server=
stop() {
    stopped=yes
    [ -z "$server" ] || kill -TERM "$server"
}
trap stop TERM INT

uvicorn service:app --port "$PORT" --workers "$WORKERS" --timeout-worker-healthcheck 10 &
server=$!
[ -z "$stopped" ] || kill -TERM "$server"

wait "$server"
code=$?
while kill -0 "$server" 2>/dev/null; do # a trap ends `wait`, not the server
    wait "$server"
    code=$?
done
exit "$code"
