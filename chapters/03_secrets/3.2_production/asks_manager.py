"""
What fetches a secret on many a command line, reduced: it takes its time, or ends with an error.
"""

import os
import secrets
import time

time.sleep(0.2)  # a manager is asked over a network
if os.environ.get("MANAGER") == "down":
    raise SystemExit("asks_manager: no answer")
print(secrets.token_hex(32), end="")
