"""
Reads a secret a thousand times a second until its input ends: prints when, and what it found.
"""

import json
import sys
import threading
import time
from pathlib import Path


def outcome(text):
    if text == "":
        return "empty"
    return "whole" if len(text) == 64 else "torn"


file, over = Path(sys.argv[1]), threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
begin, reads = time.monotonic(), []
print("reading", flush=True)
while not over.wait(0.001):
    found = outcome(file.read_text())
    reads.append((round(time.monotonic() - begin, 3), found))
print(json.dumps(reads))
