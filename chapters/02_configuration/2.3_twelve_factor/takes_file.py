"""
Takes its key from a file that a variable names, and runs another program, as services do.
"""

import os
import signal
import subprocess
from pathlib import Path

key = Path(os.environ["SHOP_SESSION_KEY_FILE"]).read_text()

print("my own: ", dict(os.environ))  # what a crash report would send
subprocess.run(["env"], check=True)
print("working with a key of", len(key), "characters")
signal.pause()
