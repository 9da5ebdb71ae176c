"""
A proxy that loses the first two answers of a service: the work is done, nobody hears of it.
"""

import asyncio
import os
import sys

answers = 0


async def carry(source, target):
    while piece := await source.read(65536):
        target.write(piece)
        await target.drain()


async def proxy(reader, writer):
    global answers
    answer, request = await asyncio.open_connection("127.0.0.1", os.environ["SERVICE_PORT"])
    carrier = asyncio.create_task(carry(reader, request))
    first = await answer.read(65536)
    answers += 1
    if answers > 2:
        writer.write(first)
        await carry(answer, writer)
    carrier.cancel()
    request.close()
    writer.close()


async def main():
    async with await asyncio.start_server(proxy, "127.0.0.1", int(sys.argv[1])) as server:
        print("listening", flush=True)
        await server.serve_forever()


asyncio.run(main())
