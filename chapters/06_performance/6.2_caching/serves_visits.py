"""
Every request asks for another of 600 users, in random order, until all have been asked for.
"""

import random
from itertools import cycle

from caching_clients import lifespan
from stampedes import get_user
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

random.seed(62)
visits = cycle(random.sample(range(1, 601), 600))


async def answer(request):
    return JSONResponse(await get_user(next(visits)))


app = Starlette(routes=[Route("/", answer)], lifespan=lifespan)
