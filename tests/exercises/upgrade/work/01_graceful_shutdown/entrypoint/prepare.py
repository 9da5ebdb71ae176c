"""
Prepares the database before the service is started.
"""

import os
import sys

if os.environ.get("FAILS") == "prepare":
    print("cannot prepare the database", flush=True)
    sys.exit(4)
print("database prepared", flush=True)
