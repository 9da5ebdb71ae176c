"""
Measures its route, for each user. Five thousand users have been here since it was started.
"""

from prometheus_client import Histogram, generate_latest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

USERS = 5000
DURATION = Histogram("duration_seconds", "From the request to the answer.", ["route", "user"])

for user in range(USERS):
    DURATION.labels("/", f"user-{user}").observe(0.02)


async def answer(_request):
    with DURATION.labels("/", "user-7").time():
        return PlainTextResponse("done")


async def metrics(_request):
    return PlainTextResponse(generate_latest())


app = Starlette(routes=[Route("/", answer), Route("/metrics", metrics)])
