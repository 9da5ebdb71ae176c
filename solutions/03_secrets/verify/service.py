"""
Answers those whose token a partner has signed.
"""

import hashlib
import hmac
import os

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

AUDIENCE = os.environ.get("AUDIENCE", "shop")
KEYS = dict(pair.split(":") for pair in os.environ.get("SECRET_KEYS", "").split(",") if pair)


def sign(data, key):
    """
    The signature that this key makes, as hexadecimal text.
    """
    return hmac.new(key.encode(), data.encode(), hashlib.sha256).hexdigest()


# --- yours from here
def verify(token, keys, audience):
    data, _, signature = token.rpartition(".")
    parts = data.split(".")
    if len(parts) != 3:
        return None
    user, key_id, meant_for = parts
    if key_id not in keys or meant_for != audience:
        return None
    given = signature.encode()  # bytes, whatever was sent
    good = hmac.compare_digest(sign(data, keys[key_id]).encode(), given)
    return user if good else None


# --- to here


async def me(request):
    token = request.headers.get("authorization", "")  # bytes of a header, as Latin-1
    user = verify(token, KEYS, AUDIENCE)
    if user is None:
        return PlainTextResponse("bad token", 401)
    return PlainTextResponse(f"hello {user}")


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(routes=[Route("/me", me), Route("/healthz", healthz)])
