"""
Has its key from the command line, starts a child, and works on.
"""

import signal
import subprocess
import sys

key = sys.argv[1]
child = subprocess.run(["env"], capture_output=True, text=True, check=True)
print("a child sees it:", key in child.stdout, flush=True)
signal.pause()
