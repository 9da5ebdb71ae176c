#!/bin/sh
until python prepare.py; do
    sleep 1
done
exec python service.py
