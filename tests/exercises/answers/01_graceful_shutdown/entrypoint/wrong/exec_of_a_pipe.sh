#!/bin/sh
set -e
python prepare.py
exec python service.py 2>&1 | tee service.log
