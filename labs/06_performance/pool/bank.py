"""
Somebody else's service: takes payments, at once or when it is told to.

    POST /payments   takes a payment
    PUT /hold        from now on payments wait
    PUT /release     those that wait are taken, and the next ones at once
    GET /waiting     how many wait
    GET /asked       what they were asked to take, one payment a line
"""

import asyncio
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

released = asyncio.Event()
released.set()
waiting = 0
asked = []


async def take_payment(request):
    global waiting
    asked.append((await request.body()).decode())
    waiting += 1
    await released.wait()
    waiting -= 1
    return PlainTextResponse("taken")


async def hold(request):
    released.clear()
    return PlainTextResponse("payments wait")


async def release(request):
    released.set()
    return PlainTextResponse("payments are taken")


async def tell_waiting(request):
    return PlainTextResponse(str(waiting))


async def tell_asked(request):
    return PlainTextResponse("\n".join(asked))


app = Starlette(
    routes=[
        Route("/payments", take_payment, methods=["POST"]),
        Route("/hold", hold, methods=["PUT"]),
        Route("/release", release, methods=["PUT"]),
        Route("/waiting", tell_waiting),
        Route("/asked", tell_asked),
    ]
)

uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
