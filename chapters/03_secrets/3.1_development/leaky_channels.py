"""
A service that speaks of its key on every channel: GET /CHANNEL, and see the log.

Nobody means to write a key into a log; each of these lines has been in somebody's code.
"""

import base64
import logging
import sys
import warnings
from dataclasses import dataclass

log = logging.getLogger("app")
FORMAT = logging.Formatter("%(levelname)s %(message)s %(sent)s", defaults={"sent": ""})


@dataclass
class Settings:
    region: str
    key: object  # a str, or a SecretStr


def connect(address):
    """What a database driver does when nobody answers: it says whom it asked."""
    msg = f"no answer from {address}"
    raise ConnectionError(msg)


def make_app(key):
    revealed = key.get_secret_value() if hasattr(key, "get_secret_value") else key
    message = f"login with {key} refused"
    basic = base64.b64encode(f"app:{revealed}".encode()).decode()
    channels = {
        "/message": lambda: log.error(message),
        "/argument": lambda: log.error("login with %s refused", key),
        "/repr": lambda: log.error("started with %r", Settings("eu", key)),
        "/extra": lambda: log.error("login refused", extra={"sent": key}),
        "/exception": lambda: connect(f"postgresql://app:{revealed}@db/myapp"),
        "/warning": lambda: warnings.warn(f"old key {key}", stacklevel=1),
        "/print": lambda: print("key", key, flush=True),
        "/pieces": lambda: [print(piece, end="") for piece in (*f"key {key}", "\n")],
        "/lines": lambda: sys.stdout.writelines(["key ", f"{key}", "\n"]),
        "/base64": lambda: log.error("sent Authorization: Basic %s", basic),
    }

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        channels.get(scope["path"], lambda: None)()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    return app
