#!/bin/sh
# An entrypoint prepares something, then runs the command that it was given.
set -e
echo "entrypoint: prepared"
"$@"
