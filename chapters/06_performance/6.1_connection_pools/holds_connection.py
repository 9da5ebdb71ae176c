"""
Reads from the database, asks the provider, and holds the connection meanwhile.
"""

import os

import httpx
from sqlalchemy import create_engine, text
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

engine = create_engine(
    os.environ["DATABASE_URL"], pool_size=5, max_overflow=0, pool_timeout=1.0
)
provider = httpx.Client(base_url=os.environ["PROVIDER"])


def buy(request):  # a plain `def`: Starlette runs it in a thread, of which it has forty
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        price = provider.get("/slow").text
    return PlainTextResponse(price)


app = Starlette(routes=[Route("/buy", buy)])
