"""
Has its key in an environment variable, starts a child, and works on.
"""

import os
import signal
import subprocess

key = os.environ["SECRET_KEY"]
child = subprocess.run(["env"], capture_output=True, text=True, check=True)
print("a child sees it:", key in child.stdout, flush=True)
signal.pause()
