"""
Answers after so many SECONDS, however many ask, and measures it.
"""

import asyncio
import os

from prometheus_client import Histogram, generate_latest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

SECONDS = float(os.environ["SECONDS"])
DURATION = Histogram("duration_seconds", "From the request to the answer.")


async def answer(_request):
    with DURATION.time():
        await asyncio.sleep(SECONDS)
    return PlainTextResponse("done")


async def metrics(_request):
    return PlainTextResponse(generate_latest())


app = Starlette(routes=[Route("/", answer), Route("/metrics", metrics)])
