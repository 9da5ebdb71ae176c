import os

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

STOCK = os.environ["STOCK"]  # stands where the document has https://api.example.com

# From here on as the document has it.

from circuitbreaker import circuit


@circuit(failure_threshold=5, recovery_timeout=30)
async def call_external_service():
    async with httpx.AsyncClient() as client:
        return await client.get(STOCK)


# To here. What a service around it looks like:


async def item(request):
    answer = await call_external_service()
    return PlainTextResponse(answer.text, answer.status_code)


app = Starlette(routes=[Route("/item", item)])
