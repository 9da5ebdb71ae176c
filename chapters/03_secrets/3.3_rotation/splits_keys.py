"""
Gives out signed tokens and takes them back, with the document's list of keys.
"""

import hashlib
import hmac

import document_rotation
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


def sign(data, key):
    return hmac.new(key.encode(), data.encode(), hashlib.sha256).hexdigest()


def verify_with_key(data, signature, key):
    return hmac.compare_digest(sign(data, key), signature)


document_rotation.verify_with_key = verify_with_key  # the document leaves it to us


async def log_in(request):
    user = request.path_params["user"]
    return PlainTextResponse(f"{user}.{sign(user, document_rotation.CURRENT_KEY)}")


async def me(request):
    user, _, signature = request.headers.get("authorization", "").rpartition(".")
    if not document_rotation.verify_signature(user, signature):
        return PlainTextResponse("bad signature", 401)
    return PlainTextResponse(f"hello {user}")


app = Starlette(routes=[Route("/login/{user}", log_in), Route("/me", me)])
