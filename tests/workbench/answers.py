"""
A service to try the workbench on: answers after a while, hangs, errs, cuts off, streams, says
what it was sent.
"""

import asyncio
import sys


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    path = scope["path"]
    print(f"request started: {path}", flush=True)
    if path.startswith("/wait/"):
        await asyncio.sleep(float(path.removeprefix("/wait/")))
    if path == "/echo":
        body = (await receive())["body"]
        length = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": body})
        return
    status = int(path.removeprefix("/status/")) if path.startswith("/status/") else 200
    length = [] if path == "/chunked" else [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": status, "headers": length})
    if path == "/half":
        await send({"type": "http.response.body", "body": b"he", "more_body": True})
        sys.exit("half an answer is all there is")
    await send({"type": "http.response.body", "body": b"hel", "more_body": True})
    await send({"type": "http.response.body", "body": b"lo"})
