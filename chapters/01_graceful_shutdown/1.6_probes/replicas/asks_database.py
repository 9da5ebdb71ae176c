"""
The shop, with a liveness endpoint.
"""

from shop import connect, serve
from starlette.responses import PlainTextResponse


async def healthz(request):
    async with await connect() as database:
        await database.execute("SELECT 1")
    return PlainTextResponse("ok")


if __name__ == "__main__":
    serve(healthz)
