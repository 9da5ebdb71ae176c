"""
Says which version of a shop a user gets while a new one is tried on a share of them.
"""

from rollout import gets_new
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


def version(request, user):
    share = float(request.query_params["share"])
    return "new" if gets_new(user, request.query_params["release"], share) else "old"


async def assign(request):
    return PlainTextResponse(version(request, request.query_params["user"]))


async def assign_many(request):
    users = (await request.body()).decode().splitlines()
    return PlainTextResponse("\n".join(version(request, user) for user in users))


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(
    routes=[
        Route("/assign", assign, methods=["GET"]),
        Route("/assign", assign_many, methods=["POST"]),
        Route("/healthz", healthz),
    ]
)
