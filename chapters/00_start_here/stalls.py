"""
Answers within milliseconds, except while it stalls: then nobody is answered for a second.
"""

import time


async def app(scope, receive, send):
    assert scope["type"] == "http"
    if scope["path"] == "/stall":
        # A long garbage collection, a lock, a disk: all look like this from outside.
        time.sleep(1)
    headers = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body"})
