#!/bin/sh
python prepare.py || exit 1
python service.py &
trap 'kill -TERM $!; wait $!; exit 0' TERM
wait $!
exit 0
