"""
Somebody else's service: tells what is in stock, or errs, or hangs, as its operator tells it to.

The operator's own requests, `POST /hangs` and `GET /calls`, are always answered.
"""

import asyncio
import json
from collections import Counter

STATUS = {"well": 200, "errs": 500, "misses": 404}

mode = "well"
told = asyncio.Event()  # set when the mode changes
calls = Counter()  # since it did, by path


def obey(path):
    global mode, told
    mode = path.strip("/")
    calls.clear()
    told.set()
    told = asyncio.Event()


async def hang(receive):
    """
    Until the client has gone, or the operator says something else.
    """
    ends = [asyncio.ensure_future(receive()), asyncio.ensure_future(told.wait())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await receive()
    status, body = 200, b"12 in stock"
    if scope["method"] == "POST":
        obey(scope["path"])
    elif scope["path"] == "/calls":
        body = json.dumps(calls).encode()
    else:
        calls[scope["path"]] += 1
        if mode == "hangs":
            await hang(receive)
        elif mode == "falters":  # four errors, one success, and so on
            status = 200 if calls.total() % 5 == 0 else 500
        else:
            status = STATUS[mode]
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
