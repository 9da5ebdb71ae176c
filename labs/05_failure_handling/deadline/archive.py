"""
Somebody else's service: searches an archive, and notes what it did for each word.

    GET /search/quick    answers after one step
    GET /search/…        sends a piece of the answer after each of forty steps, 0.05 s each,
                         and stops early only when its caller leaves
    GET /seen            what it has noted, as JSON
"""

import asyncio
import json
import sys

STEPS = 40

seen = {}


async def search(word, budget, reader, writer):
    noted = seen.setdefault(word, {"asked": 0, "budgets": [], "steps": 0, "busy": 0})
    noted["asked"] += 1
    noted["budgets"].append(budget)
    noted["busy"] += 1
    steps = 1 if word == "quick" else STEPS
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {steps}\r\n\r\n".encode())
    leaving = asyncio.create_task(reader.read())  # ends when the caller closes
    try:
        for _ in range(steps):
            await asyncio.wait([leaving], timeout=0.05)
            if leaving.done():
                break
            noted["steps"] += 1
            writer.write(b".")
    finally:
        leaving.cancel()
        noted["busy"] -= 1


async def serve(reader, writer):
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        path = head.split()[1]
        if path == "/seen":
            body = json.dumps(seen)
            writer.write(
                f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )
        else:
            headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
            await search(path.rpartition("/")[2], headers.get("x-budget-ms"), reader, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the other side has hung up
    finally:
        writer.close()


async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1])) as server:
        await server.serve_forever()


asyncio.run(main())
