"""
Counts its answers, and what is in flight, as if it were the only process.
"""

import asyncio
import os

from prometheus_client import Counter, Gauge, generate_latest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

ANSWERS = Counter("answers", "Answers, by status.", ["status"])
IN_FLIGHT = Gauge("in_flight", "Requests without an answer.", multiprocess_mode="livesum")


async def answer(request):
    status, seconds = request.path_params["status"], request.path_params["seconds"]
    with IN_FLIGHT.track_inprogress():
        print(f"{os.getpid()} begins", flush=True)
        await asyncio.sleep(seconds)
    ANSWERS.labels(status).inc()
    return PlainTextResponse("", status)


async def metrics(_request):
    return PlainTextResponse(generate_latest())


app = Starlette(
    routes=[
        Route("/metrics", metrics),
        Route("/{status:int}/{seconds:float}", answer),
    ]
)
