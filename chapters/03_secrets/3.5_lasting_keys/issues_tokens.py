"""
Signs tokens with a private key, and publishes the public ones with their ids (JWKS).

PUT /keys?publish=k1,k2&sign=k2 sets which; GET /fetches says how often they were fetched.
GET /token?aud=bank&exp=-60 gives a token with other claims.
"""

import time

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

KEYS = {kid: Ed25519PrivateKey.generate() for kid in ("k1", "k2")}
TIMES = ("exp", "nbf")
published, signing, fetches = ["k1"], "k1", 0


def public(kid):
    return OKPAlgorithm.to_jwk(KEYS[kid].public_key(), as_dict=True) | {"kid": kid}


async def jwks(request):
    global fetches
    fetches += 1
    return JSONResponse({"keys": [public(kid) for kid in published]})


async def token(request):
    claims = {"sub": "anna", "iss": "https://login.example.com", "aud": "shop", "exp": 600}
    claims |= request.query_params
    # Times are given in seconds from now, and a claim that is empty is left out.
    claims |= {name: int(time.time()) + int(claims[name]) for name in TIMES if claims.get(name)}
    claims = {name: value for name, value in claims.items() if value != ""}
    signed = jwt.encode(claims, KEYS[signing], algorithm="EdDSA", headers={"kid": signing})
    return PlainTextResponse(signed)


async def set_keys(request):
    global published, signing
    published = request.query_params["publish"].split(",")
    signing = request.query_params["sign"]
    return PlainTextResponse("set")


async def count_fetches(request):
    return PlainTextResponse(f"{fetches}")


app = Starlette(
    routes=[
        Route("/jwks.json", jwks),
        Route("/token", token),
        Route("/keys", set_keys, methods=["PUT"]),
        Route("/fetches", count_fetches),
    ]
)
