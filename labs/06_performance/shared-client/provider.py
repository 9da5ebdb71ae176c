"""
Somebody else's service: tells a price, and counts who came, and over how many connections.

    GET /price       tells a price: at once, or when as many wait as it gathers
    PUT /gather/60   from now on answer sixty at a time; 0: at once, those who wait too
    GET /counts      what it has counted, as JSON
"""

import asyncio
import json
import sys

counts = {"requests": 0, "connections": 0, "open": 0, "most_waiting": 0, "asked_to_close": 0}
waiting = []
gathers = 0


def answer_waiting():
    while waiting:
        waiting.pop().set()


async def tell_price():
    counts["requests"] += 1
    answered = asyncio.Event()
    waiting.append(answered)
    counts["most_waiting"] = max(counts["most_waiting"], len(waiting))
    if len(waiting) >= gathers:
        answer_waiting()
    await answered.wait()
    return "42"


async def answer(path):
    global gathers
    if path == "/price":
        return await tell_price()
    if path.startswith("/gather/"):
        gathers = int(path.rpartition("/")[2])
        if not gathers:
            answer_waiting()
    return json.dumps(counts)


async def serve(reader, writer):
    customer = False  # whoever only asks for the counts is none
    try:
        while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower():
            path = head.split()[1]
            if path == "/price" and not customer:
                customer = True
                counts["connections"] += 1
                counts["open"] += 1
            close = "connection: close" in head
            counts["asked_to_close"] += close
            body = await answer(path)
            writer.write(
                f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            await writer.drain()
            if close:
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the other side has hung up
    finally:
        counts["open"] -= customer
        writer.close()


async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1])) as server:
        await server.serve_forever()


asyncio.run(main())
