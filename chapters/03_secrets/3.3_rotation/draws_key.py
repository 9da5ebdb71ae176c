"""
Gives out signed tokens and takes them back; draws a key where it was given none.
"""

import hmac
import os
import secrets

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

KEY = os.environ.get("SESSION_KEY") or secrets.token_hex(32)


def sign(user):
    return hmac.digest(KEY.encode(), user.encode(), "sha256").hex()


async def log_in(request):
    user = request.path_params["user"]
    # Who answers is told only for this experiment.
    return PlainTextResponse(f"{user}.{sign(user)}", headers={"process": f"{os.getpid()}"})


async def me(request):
    user, _, signature = request.headers.get("authorization", "").rpartition(".")
    good = hmac.compare_digest(sign(user).encode(), signature.encode())
    answer = {"status_code": 200 if good else 401, "headers": {"process": f"{os.getpid()}"}}
    return PlainTextResponse("hello" if good else "bad signature", **answer)


app = Starlette(routes=[Route("/login/{user}", log_in), Route("/me", me)])
