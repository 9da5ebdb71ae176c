"""
A service that tells its version, and that takes a while to import.
"""

import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

VERSION = 1

# Stands for what a real application imports: an ORM, a model, a few hundred modules.
time.sleep(1)


async def version(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"version {VERSION}")


app = Starlette(routes=[Route("/", version)])
