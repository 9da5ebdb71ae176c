"""
Somebody else's service: tells a price at once, slowly, or never.
"""

import asyncio


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    message = await receive()
    while message.get("more_body"):
        message = await receive()
    if scope["path"] == "/slow":
        await asyncio.sleep(0.4)
    if scope["path"] == "/hangs":
        print(scope["query_string"].decode(), "hangs", flush=True)
        await receive()  # returns when the client has gone
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"42"})
