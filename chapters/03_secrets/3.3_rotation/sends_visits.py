"""
Sixty users who have logged in; each GET lets one of them, chosen at random, use the service.

Answers what became of it ("logged in", "accepted", or why it was rejected), and who it was.
"""

import asyncio
import os
import random
import time

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

SERVICE = int(os.environ["SERVICE"])  # its port
MAX_AGE = float(os.environ["MAX_AGE"])  # seconds that a token lives
RENEW = 0.75 * MAX_AGE  # after which a user asks for a new one
USERS = 60

chance = random.Random(3)
tokens = {}  # of each user: the token, when it was asked for, and when to renew it


async def ask(path, token=""):
    reader, writer = await asyncio.open_connection("127.0.0.1", SERVICE)
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    writer.write(f"{head}Authorization: {token}\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    return int(head.split()[1]), body


async def visit(request):
    user = f"user{chance.randrange(USERS)}"
    token, asked, renew_at = tokens.get(user, ("", 0, 0))
    if time.monotonic() > renew_at:
        # Those who come first don't all come back at the same time.
        seconds = RENEW if user in tokens else RENEW * chance.random()
        asked = time.monotonic()
        _, token = await ask(f"/login/{user}")
        tokens[user] = token, asked, asked + seconds
        return PlainTextResponse(f"logged in, {user}")
    status, body = await ask("/me", token)
    if status == 200:
        return PlainTextResponse(f"accepted, {user}")
    tokens[user] = token, asked, 0  # as a browser: back to the login page
    if time.monotonic() - asked > MAX_AGE:
        body = "expired"  # on a machine so slow, no key would have helped it
    return PlainTextResponse(f"rejected: {body}, {user}")


app = Starlette(routes=[Route("/", visit)])
