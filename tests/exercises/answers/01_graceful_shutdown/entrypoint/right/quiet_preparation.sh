#!/bin/sh
if ! python prepare.py > /dev/null 2>&1; then
    echo "no database" >&2
    exit 70
fi
exec python service.py
