#!/bin/sh
python prepare.py || { echo "not prepared"; exit 0; }
exec python service.py
