#!/bin/sh
# An entrypoint prepares something, then becomes the command that it was given.
set -e
echo "entrypoint: migrations are done"
exec "$@"
