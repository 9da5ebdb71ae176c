"""
Takes its key out of the environment, starts a child, and works on.
"""

import os
import signal
import subprocess

key = os.environ.pop("SECRET_KEY")  # pop() is `del os.environ[...]`, and keeps the value
child = subprocess.run(["env"], capture_output=True, text=True, check=True)
print("a child sees it:", key in child.stdout, flush=True)
signal.pause()
