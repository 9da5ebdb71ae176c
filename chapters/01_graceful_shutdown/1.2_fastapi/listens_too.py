"""
Pushes what is new to whoever has opened a WebSocket, and hears when its client is gone.
"""

import asyncio
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

news = asyncio.Queue()  # nothing is new while we measure


async def push(socket):
    await socket.accept()
    print("socket open")
    pushing = asyncio.create_task(push_news(socket))
    async for _ in socket.iter_text():
        pass  # nobody is expected to speak: this ends with the connection
    pushing.cancel()


async def push_news(socket):
    while True:
        await socket.send_text(await news.get())


@asynccontextmanager
async def lifespan(app):
    yield
    print("cleaned up")


app = Starlette(routes=[WebSocketRoute("/news", push)], lifespan=lifespan)
