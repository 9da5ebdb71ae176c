#!/bin/sh
# Usage: starts_checked.sh MODULE COMMAND …
#
# The settings first; the server only if they are right, in the place of this shell.
module=$1
shift
python preflight.py "$module" && exec "$@"
