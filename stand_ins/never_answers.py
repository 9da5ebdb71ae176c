"""
Not a secret manager: takes every connection, and never says a word.
"""

import asyncio
import sys


async def ignore(reader, writer):
    print("asked", flush=True)
    while await reader.read(1024):
        pass
    writer.close()


async def main(port):
    async with await asyncio.start_server(ignore, "127.0.0.1", port) as server:
        print("listening", flush=True)
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
