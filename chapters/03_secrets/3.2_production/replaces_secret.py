"""
Changes a secret by putting a new file in its place, again and again: the same arguments.
"""

import sys
import time
from pathlib import Path


def write(file, secret):
    new = file.with_suffix(".new")  # in the same folder: a rename does not cross file systems
    new.write_text(secret)
    new.replace(file)


if __name__ == "__main__":
    file, times = Path(sys.argv[1]), int(sys.argv[2])
    for number in range(times):
        write(file, "ab"[number % 2] * 64)
        time.sleep(0.001)
