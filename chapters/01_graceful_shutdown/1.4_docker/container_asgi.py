"""
The same service as an ASGI app: the server, uvicorn or gunicorn, owns the signals.
"""

import asyncio

CLEANUP = 0.5  # seconds


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()  # waits for the shutdown
        print("cleanup began", flush=True)
        await asyncio.sleep(CLEANUP)
        print("cleanup done", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"].startswith("/work/"):
        print("request started", flush=True)
        await asyncio.sleep(float(scope["path"].removeprefix("/work/")))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done\n"})
