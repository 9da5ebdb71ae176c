"""
Brings a secret up to date by putting a new file in its place.
"""

import os
import subprocess
import sys
from pathlib import Path


def write(file, secret):
    new = file.with_suffix(".new")  # in the same folder: a rename does not cross file systems
    new.unlink(missing_ok=True)  # of one who was killed here
    with open(new, "x", opener=lambda path, flags: os.open(path, flags, 0o600)) as text:
        text.write(secret)
        text.flush()
        os.fsync(text.fileno())  # else a power cut may leave the new name, and nothing in it
    new.replace(file)


if __name__ == "__main__":
    asked = subprocess.run(["python", "asks_manager.py"], check=True, stdout=subprocess.PIPE)
    write(Path(sys.argv[1]), asked.stdout.decode())
