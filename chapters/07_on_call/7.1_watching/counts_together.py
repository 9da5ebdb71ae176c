"""
Counts its answers, and what is in flight, together with the other workers: in files.
"""

import asyncio
import os

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
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
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # the files of all, in PROMETHEUS_MULTIPROC_DIR
    return PlainTextResponse(generate_latest(registry))


app = Starlette(
    routes=[
        Route("/metrics", metrics),
        Route("/{status:int}/{seconds:float}", answer),
    ]
)
