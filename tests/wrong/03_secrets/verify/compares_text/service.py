"""
Answers those whose name is signed with one of its keys.
"""

import hashlib
import hmac
import os

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

KEYS = [key for key in os.environ.get("SECRET_KEYS", "").split(",") if key]


def sign(data, key):
    """
    The signature that this key makes, as hexadecimal text.
    """
    return hmac.new(key.encode(), data.encode(), hashlib.sha256).hexdigest()


# --- yours from here
def verify(data, signature, keys):
    return any(hmac.compare_digest(sign(data, key), signature) for key in keys)


# --- to here


async def me(request):
    user = request.headers.get("x-user", "")
    signature = request.headers.get("x-signature", "")  # bytes of a header, as Latin-1
    if not verify(user, signature, KEYS):
        return PlainTextResponse("bad signature", 401)
    return PlainTextResponse(f"hello {user}")


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(routes=[Route("/me", me), Route("/healthz", healthz)])
