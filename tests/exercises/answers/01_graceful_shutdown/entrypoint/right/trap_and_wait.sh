#!/bin/sh
python prepare.py || exit
python service.py &
service=$!
trap 'kill -TERM "$service"' TERM
wait "$service"
code=$?
if kill -0 "$service" 2>/dev/null; then  # the signal ended the wait, not the service
    wait "$service"
    code=$?
fi
exit "$code"
