#!/bin/sh
set -e
python prepare.py
python service.py
