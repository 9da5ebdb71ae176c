"""
Somebody else's service: approves charges and sends receipts, at once or when it is told to.

    POST /approve    says yes; POST /receipt: sends one
    PUT /hold/NAME   from now on let those who ask for NAME wait; PUT /go: let them all go on
    PUT /fail        from now on answer 503; PUT /go: no more
    GET /waiting     how many wait
"""

import asyncio
import sys

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


async def serve(reader, writer):
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        status, body = await answer(*head.decode("latin-1").split()[:2])
        head = f"HTTP/1.1 {status} -\r\nConnection: close\r\nContent-Length: {len(body)}"
        writer.write(f"{head}\r\n\r\n{body}".encode())
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the other side has hung up
    finally:
        writer.close()


async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1])) as server:
        await server.serve_forever()


asyncio.run(main())
