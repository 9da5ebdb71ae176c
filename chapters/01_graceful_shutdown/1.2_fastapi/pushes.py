"""
Pushes what is new to whoever has opened a WebSocket, and waits for news in between.
"""

import asyncio
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

news = asyncio.Queue()  # nothing is new while we measure


async def push(socket):
    await socket.accept()
    print("socket open")
    while True:
        await socket.send_text(await news.get())


@asynccontextmanager
async def lifespan(app):
    yield
    print("cleaned up")


app = Starlette(routes=[WebSocketRoute("/news", push)], lifespan=lifespan)
