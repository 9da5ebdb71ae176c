#!/bin/sh
# What the container runs.
# TODO: the service gets its signal, and the exit code tells what became of it.
python prepare.py
python service.py 2>&1 | tee service.log
