"""
Signs and verifies for others, with a ring of keys from a file that an operator replaces.
"""

import asyncio
import hashlib
import hmac
import logging
import os
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

log = logging.getLogger("uvicorn.error")

FILE = Path(os.environ["KEYS_FILE"])


class NotARing(ValueError):
    pass


def parse(text):
    """
    The keys of a ring, the current one first; a text without its last line is refused.
    """
    *keys, last = text.splitlines() or [""]
    if last != "end" or not keys:
        msg = f"{len(keys)} keys and no end"
        raise NotARing(msg)
    return keys


# --- yours from here
ring = parse(FILE.read_text())


def get_ring():
    global ring
    try:
        ring = parse(FILE.read_text())
    except (OSError, ValueError) as error:
        log.warning("the last ring stays: %s", error)
    return ring


@asynccontextmanager
async def lifespan(app):
    await asyncio.to_thread(get_ring)
    yield


# --- to here


def signature(data, key):
    return hmac.new(key.encode(), data.encode(), hashlib.sha256).hexdigest()


async def sign(request):
    current = get_ring()[0]
    return PlainTextResponse(signature(request.path_params["data"], current))


async def verify(request):
    data, given = request.path_params["data"], request.path_params["signature"].encode()
    good = [signature(data, key).encode() for key in get_ring()]
    known = any(hmac.compare_digest(given, one) for one in good)
    return PlainTextResponse("good" if known else "bad", 200 if known else 401)


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(
    routes=[
        Route("/sign/{data}", sign),
        Route("/verify/{data}/{signature}", verify),
        Route("/healthz", healthz),
    ],
    lifespan=lifespan,
)
