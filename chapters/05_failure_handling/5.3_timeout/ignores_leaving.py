"""
Works ten steps for every request, a tenth of a second each, and looks at nobody.
"""

import asyncio

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def answer(request):
    try:
        for _ in range(10):
            await asyncio.sleep(0.1)
            print("step", flush=True)
        return PlainTextResponse("done")
    finally:
        print("over", flush=True)


app = Starlette(routes=[Route("/", answer)])
