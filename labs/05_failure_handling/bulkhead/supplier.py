"""
Somebody else's service: answers, errs or hangs, and counts who asked. It runs twice.

    GET /anything    answers, or does not, as it was told to
    POST /hangs      from now on hang; or /errs, or /well
    GET /calls       how often it was asked since then
"""

import asyncio
import sys

STATUS = {"well": 200, "errs": 500}

mode = "well"
told = asyncio.Event()  # set when the mode changes
calls = 0  # since it did


async def supply():
    global calls
    calls += 1
    if mode == "hangs":
        await told.wait()
    return STATUS.get(mode, 200)


async def answer(method, path):
    global mode, told, calls
    if method == "POST":
        mode, calls = path.strip("/"), 0
        told.set()
        told = asyncio.Event()
    elif path != "/calls":
        return await supply(), "12"
    return 200, str(calls)


async def serve(reader, writer):
    try:
        while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
            method, path, _ = head.split(None, 2)
            status, body = await answer(method, path)
            head = f"HTTP/1.1 {status} As told\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write((head + body).encode())
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the other side has hung up
    finally:
        writer.close()


async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1])) as server:
        await server.serve_forever()


asyncio.run(main())
