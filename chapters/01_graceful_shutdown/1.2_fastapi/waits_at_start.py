"""
Waits in its start-up until its database has answered.
"""

import asyncio
import os
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def connect_to_database():
    print("waiting for the database", flush=True)
    reader, writer = await asyncio.open_connection("127.0.0.1", os.environ["DATABASE_PORT"])
    writer.write(b"PING\r\n")
    await reader.readline()
    return writer


async def home(request):
    return PlainTextResponse("hello")


@asynccontextmanager
async def lifespan(app):
    database = await connect_to_database()
    yield
    database.close()


app = Starlette(routes=[Route("/", home)], lifespan=lifespan)
