"""
Reads a module's settings; where they are wrong, says so in one line for the log.

python prints_errors.py MODULE
"""

import os
import sys
from importlib import import_module

from pydantic import ValidationError

try:
    import_module(sys.argv[1]).Settings()
except ValidationError as error:
    print(error.errors())
    sys.exit(os.EX_CONFIG)
