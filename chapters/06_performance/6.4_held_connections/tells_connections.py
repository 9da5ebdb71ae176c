"""
Tells each caller on which connection they have come, and how many others were there.
"""

import asyncio
import json
import time

there = 0
last = 0.0  # when the last one has come


async def app(scope, receive, send):
    global there, last
    if scope["type"] != "http":
        return
    there, last = there + 1, time.monotonic()
    seen = {"connection": scope["client"][1], "at once": there}
    while time.monotonic() < last + 0.3:  # nobody is told before the others are here
        await asyncio.sleep(0.05)
    there -= 1
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(seen).encode()})
