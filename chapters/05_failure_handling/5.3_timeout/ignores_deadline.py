"""
One hop of a chain: a little work, then it asks the next one; the last works ten steps.
"""

import asyncio
import os

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

NEXT = os.environ.get("NEXT")
client = httpx.AsyncClient(timeout=5)


async def work():
    await asyncio.sleep(0.05)
    if NEXT:
        return (await client.get(NEXT)).status_code
    for _ in range(10):
        await asyncio.sleep(0.15)
        print("step", flush=True)
    return 200


async def answer(request):
    print("begun", flush=True)
    try:
        return PlainTextResponse("", await work())
    finally:
        print("over", flush=True)


app = Starlette(routes=[Route("/", answer)])
