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


async def work(deadline):
    await asyncio.sleep(0.05)
    if NEXT:
        left = deadline - asyncio.get_running_loop().time()
        headers = {"x-budget-ms": f"{1000 * left:.0f}"}
        return (await client.get(NEXT, headers=headers)).status_code
    for _ in range(10):
        await asyncio.sleep(0.15)
        print("step", flush=True)
    return 200


async def answer(request):
    budget = float(request.headers.get("x-budget-ms", "700")) / 1000
    if budget <= 0.05:  # too little to do anything with
        return PlainTextResponse("no time left", 504)
    print(f"begun, {1000 * budget:.0f} ms left", flush=True)
    try:
        async with asyncio.timeout(budget) as limit:
            return PlainTextResponse("", await work(limit.when()))
    except TimeoutError:
        return PlainTextResponse("out of time", 504)
    finally:
        print("over", flush=True)


app = Starlette(routes=[Route("/", answer)])
