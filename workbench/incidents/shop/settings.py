"""
What an instance is told, what it counts, and how it logs.

From the environment: NAME, RELEASE, DATABASE_URL, REDIS_URL, PAYMENTS_PORT, SETTINGS, which may
be changed while it runs, and SECRETS, a file, which may be read again.
"""

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

NAME, RELEASE = os.environ["NAME"], int(os.environ["RELEASE"])
DATABASE_URL, REDIS_URL = os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
PAYMENTS_PORT = int(os.environ["PAYMENTS_PORT"])
settings: dict[str, Any] = json.loads(os.environ["SETTINGS"])

secrets: dict[str, str] = {}

counts: Counter[str] = Counter()
started = time.monotonic()


def read_secrets() -> None:
    secrets.update(json.loads(Path(os.environ["SECRETS"]).read_text(encoding="utf-8")))


def log(level: str, message: str, **more: object) -> None:
    print(json.dumps({"level": level, "message": message, **more}), flush=True)


read_secrets()
