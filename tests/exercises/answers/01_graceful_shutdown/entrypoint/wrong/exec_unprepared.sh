#!/bin/sh
python prepare.py
exec python service.py
