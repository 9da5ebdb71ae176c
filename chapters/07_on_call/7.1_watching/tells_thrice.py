"""
One of three services, which tells three times what it does.

    GET /?query=0.02   the last of them has a query that takes so many seconds
"""

import asyncio
import os
import time

import httpx
from opentelemetry.propagate import extract, inject
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from telemetry import DURATION, NAME, log, tracer

NEXT = os.environ.get("NEXT")
client = httpx.AsyncClient(
    timeout=float(os.environ["PATIENCE"]),
    limits=httpx.Limits(keepalive_expiry=2),  # seconds; the other side closes after five
)


async def work(query):
    if NEXT is None:
        with tracer.start_as_current_span(f"{NAME}: query"):
            await asyncio.sleep(float(query))
        return 200
    headers = {}
    inject(headers)  # traceparent: the trace, and the span that asks
    try:
        return (await client.get(NEXT, params={"query": query}, headers=headers)).status_code
    except httpx.TimeoutException:
        return 504


async def answer(request):
    began = time.perf_counter()
    with tracer.start_as_current_span(NAME, context=extract(request.headers)):
        log("begun")
        status = await work(request.query_params["query"])
        trace_id = log("answered", status=status)
    DURATION.labels(status).observe(time.perf_counter() - began)
    return PlainTextResponse(trace_id, status)


async def metrics(_request):
    return PlainTextResponse(generate_latest())


app = Starlette(routes=[Route("/", answer), Route("/metrics", metrics)])
