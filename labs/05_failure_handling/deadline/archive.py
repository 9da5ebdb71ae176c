"""
Somebody else's service: searches an archive, and notes what it did for each word.

    GET /search/quick    answers after one step; to quick-… as well
    GET /search/…        sends a piece of the answer after each of forty steps, 0.05 s each,
                         and stops early only when its caller leaves
    GET /search/held     begins its one step only when all who are held are let go
    GET /let-go          lets them go
    GET /seen            what it has noted, as JSON
"""

import asyncio
import json
import sys

from stand_ins.tiny_http import listen

STEPS = 40

seen = {}
let_go = asyncio.Event()


async def search(word, budget, reader, writer):
    noted = seen.setdefault(word, {"asked": 0, "budgets": [], "steps": 0, "busy": 0})
    noted["asked"] += 1
    noted["budgets"].append(budget)
    noted["busy"] += 1
    steps = 1 if word.startswith(("quick", "held")) else STEPS
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {steps}\r\n\r\n".encode())
    leaving = asyncio.create_task(reader.read())  # ends when the caller closes
    try:
        if word.startswith("held"):
            going = asyncio.create_task(let_go.wait())
            await asyncio.wait([leaving, going], return_when=asyncio.FIRST_COMPLETED)
            going.cancel()
        for _ in range(steps):
            await asyncio.wait([leaving], timeout=0.05)
            if leaving.done():
                break
            noted["steps"] += 1
            writer.write(b".")
    finally:
        leaving.cancel()
        noted["busy"] -= 1


async def talk(connection):
    if not (request := await connection.request()):
        return
    if request.path == "/seen":
        await connection.answer(200, json.dumps(seen))
    elif request.path == "/let-go":
        let_go.set()
        await connection.answer(200, "")
    else:
        await search(
            request.path.rpartition("/")[2],
            request.headers.get("x-budget-ms"),
            connection.reader,
            connection.writer,
        )


listen(int(sys.argv[1]), talk)
