#!/bin/sh
# An entrypoint prepares something, then becomes the command that it was given.
set -e
echo "entrypoint: prepared"
exec "$@"
