#!/bin/sh
# What the platform runs; it sets PORT and WORKERS.
exec python -c 'import service; service.start()'
