"""
What an instance is told, what it counts, and how it logs.

From the environment: NAME, RELEASE, DATABASE_URL, REDIS_URL, PAYMENTS_PORT, and SETTINGS, which
may be changed while it runs.
"""

import json
import os
import time
from collections import Counter
from typing import Any

NAME, RELEASE = os.environ["NAME"], int(os.environ["RELEASE"])
DATABASE_URL, REDIS_URL = os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
PAYMENTS_PORT = int(os.environ["PAYMENTS_PORT"])
settings: dict[str, Any] = json.loads(os.environ["SETTINGS"])

counts: Counter[str] = Counter()
started = time.monotonic()


def log(level: str, message: str, **more: object) -> None:
    print(json.dumps({"level": level, "message": message, **more}), flush=True)
