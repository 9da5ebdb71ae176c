"""
Takes orders: says "accepted" at once, and writes them to disk when it shuts down.
"""

import os
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

orders = []


async def order(request):
    orders.append(f"order {len(orders)}\n")
    return PlainTextResponse("accepted", 202)


@asynccontextmanager
async def lifespan(app):
    yield
    with open(os.environ["ORDERS"], "a") as file:
        file.writelines(orders)


app = Starlette(routes=[Route("/orders", order, methods=["POST"])], lifespan=lifespan)
