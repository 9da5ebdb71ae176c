#!/bin/sh
# An entrypoint runs a migration, then becomes the command behind it.
set -e
python "$1"
shift
exec "$@"
