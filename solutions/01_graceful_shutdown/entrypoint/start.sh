#!/bin/sh
# What the container runs.
set -eu  # stop at the first line that fails
python prepare.py
exec python service.py  # no shell stays between the signal and the service
