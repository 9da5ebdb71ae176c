"""
Takes tokens whose signature is an issuer's, whatever they say.
"""

import json
import os

import jwt
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

keys = jwt.PyJWKClient(os.environ["JWKS"], **json.loads(os.environ.get("OPTIONS", "{}")))


def me(request):  # in a thread: it may have to fetch
    token = request.headers["authorization"]
    try:
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, algorithms=["EdDSA"], options={"verify_aud": False})
    except jwt.PyJWTError as error:
        return PlainTextResponse(f"{type(error).__name__}: {error}", 401)
    return PlainTextResponse(f"hello {claims['sub']}")


app = Starlette(routes=[Route("/me", me)])
