"""
Gives out signed tokens and takes them back; compares bytes, whatever a client sends.
"""

import hashlib
import hmac
import os

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

SHORTEST = 32  # bytes, as many as the signature has


def parse_keys(raw):
    keys = raw.split(",")
    for place, key in enumerate(keys, 1):
        if key != key.strip() or len(key.encode()) < SHORTEST:
            # The place of the key, never the key: this text ends up in a log.
            msg = f"SECRET_KEYS: key {place} of {len(keys)} is padded or too short"
            raise SystemExit(msg)
    if len(set(keys)) < len(keys):
        msg = "SECRET_KEYS: two keys are the same"
        raise SystemExit(msg)
    return keys


KEYS = parse_keys(os.environ["SECRET_KEYS"])


def sign(data, key):
    return hmac.new(key.encode(), data.encode(), hashlib.sha256).hexdigest()


def verify(data, signature):
    given = signature.encode()
    return any(hmac.compare_digest(sign(data, key).encode(), given) for key in KEYS)


async def log_in(request):
    user = request.path_params["user"]
    return PlainTextResponse(f"{user}.{sign(user, KEYS[0])}")


async def me(request):
    user, _, signature = request.headers.get("authorization", "").rpartition(".")
    if not verify(user, signature):
        return PlainTextResponse("bad signature", 401)
    return PlainTextResponse(f"hello {user}")


app = Starlette(routes=[Route("/login/{user}", log_in), Route("/me", me)])
