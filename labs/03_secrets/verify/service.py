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
# TODO: believe what the named key has signed for this service, and nothing else.
def verify(token, keys, audience):
    data, _, signature = token.rpartition(".")
    user, _, _ = data.split(".")
    first = next(iter(keys.values()))
    return user if hmac.compare_digest(sign(data, first), signature) else None


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
