"""
The smallest service of the course: says hello at once, or after a second's work.
"""

import asyncio


async def app(scope, receive, send):
    assert scope["type"] == "http"
    if scope["path"] == "/work":
        print("work started", flush=True)
        await asyncio.sleep(1)
    body = b"hello\n"
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})
