"""
Stands in for a database: answers every query after a while, and counts. It is no PostgreSQL.
"""

import asyncio
import json
import sys

users = {number: {"id": number, "name": f"user {number}"} for number in range(1, 601)}
queries = 0


async def act(verb, argument):
    global queries
    if verb == "COUNT":
        return queries
    if verb == "SET":
        users[argument["id"]] = argument
        return "OK"
    queries += 1
    print(f"query {queries}: user {argument}", flush=True)
    user = users.get(argument)
    await asyncio.sleep(seconds)  # the work of a query
    return user


async def serve(reader, writer):
    while line := await reader.readline():
        answer = await act(*json.loads(line))
        writer.write(json.dumps(answer).encode() + b"\n")
    writer.close()


async def main(port):
    async with await asyncio.start_server(serve, "127.0.0.1", port):
        await asyncio.Event().wait()


seconds = float(sys.argv[2])
asyncio.run(main(int(sys.argv[1])))
