"""
Changes a secret in its file, again and again: rewrites_secret.py FILE TIMES
"""

import sys
import time
from pathlib import Path


def write(file, secret):
    file.write_text(secret)


if __name__ == "__main__":
    file, times = Path(sys.argv[1]), int(sys.argv[2])
    for number in range(times):
        write(file, "ab"[number % 2] * 64)
        time.sleep(0.001)
