"""
Searches an archive for those who may: checks their rights, then asks the archive.
"""

import asyncio
import logging
import os
import time

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

log = logging.getLogger("uvicorn.error")

ARCHIVE = os.environ.get("ARCHIVE", "http://127.0.0.1:8001")
RIGHTS_SECONDS = float(os.environ.get("RIGHTS_SECONDS", "0.4"))  # that checking them takes


async def check_rights(word):
    log.info("checking rights for %s", word)
    await asyncio.sleep(RIGHTS_SECONDS)


# --- yours from here
# TODO: work as long as the caller waits, and no longer; and tell the archive how long that is.
client = httpx.AsyncClient(timeout=5, limits=httpx.Limits(max_connections=10))


async def ask_archive(word, **options):
    answer = await client.get(f"{ARCHIVE}/search/{word}", **options)
    return PlainTextResponse(answer.text, answer.status_code)


async def search(request):
    word = request.path_params["word"]
    await check_rights(word)
    return await ask_archive(word)


# --- to here


async def healthz(request):
    return PlainTextResponse("ok")


async def measure(request, call_next):
    began = time.monotonic()
    response = await call_next(request)
    response.headers["Server-Timing"] = f"app;dur={1000 * (time.monotonic() - began):.0f}"
    return response


app = Starlette(
    routes=[Route("/search/{word}", search), Route("/healthz", healthz)],
    middleware=[Middleware(BaseHTTPMiddleware, dispatch=measure)],
)
