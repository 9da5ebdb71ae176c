"""
Signs its users' tokens with the first of its keys, and accepts those of all.
"""

import hashlib
import hmac
import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


def sign(data, key):
    return hmac.new(key.encode(), data.encode(), hashlib.sha256).hexdigest()


# --- yours from here
SHORTEST = 32  # bytes, as many as the signature has


def read_keys(folder):
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    keys = []
    for path in paths:
        key = path.read_bytes().removesuffix(b"\n").decode()
        if key != key.strip() or len(key.encode()) < SHORTEST or key in keys:
            # The name of the file, never the key: this text ends up in a log.
            msg = f"{path.name} is padded, too short or a repetition"
            raise SystemExit(msg)
        keys.append(key)
    if not keys:
        msg = "there are no keys"
        raise SystemExit(msg)
    return keys


# --- to here

KEYS = read_keys(Path(os.environ.get("KEYS", "keys")))


async def log_in(request):
    user = request.path_params["user"]
    return PlainTextResponse(f"{user}.{sign(user, KEYS[0])}")


async def me(request):
    user, _, signature = request.headers.get("authorization", "").rpartition(".")
    given = signature.encode()
    if not any(hmac.compare_digest(sign(user, key).encode(), given) for key in KEYS):
        return PlainTextResponse("bad signature", 401)
    return PlainTextResponse(f"hello {user}")


app = Starlette(routes=[Route("/login/{user}", log_in), Route("/me", me)])
