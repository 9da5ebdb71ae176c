"""
Somebody else's service: approves charges and sends receipts, at once or when it is told to.

    POST /approve    says yes; POST /receipt: sends one
    PUT /hold/NAME   from now on let those who ask for NAME wait; PUT /go: let them all go on
    PUT /fail        from now on answer 503; PUT /go: no more
    GET /waiting     how many wait
"""

import asyncio
import sys

from stand_ins.tiny_http import serve

holds = ""
fails = False
waiting = 0
go = asyncio.Event()


async def answer(method, path):
    global holds, fails, waiting
    if path == "/waiting":
        return 200, str(waiting)
    if method == "PUT":
        go.set()
        go.clear()
        holds, fails = path.removeprefix("/hold"), path == "/fail"
        return 200, ""
    if fails:
        return 503, ""
    if path == holds:
        waiting += 1
        try:
            await go.wait()
        finally:
            waiting -= 1
    return 200, "yes"


serve(int(sys.argv[1]), answer)
