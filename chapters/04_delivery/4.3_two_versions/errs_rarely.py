"""
A version of the shop in which a few pages of a thousand fail, drawn from a seed.

    python errs_rarely.py SOCKET PER_THOUSAND SEED
"""

import asyncio
import random
import sys

address, per_thousand, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
chance = random.Random(seed)


async def answer(reader, writer):
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            status = 500 if chance.random() < per_thousand / 1000 else 200
            writer.write(f"HTTP/1.1 {status} .\r\ncontent-length: 0\r\n\r\n".encode())
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass  # whoever asked has gone
    finally:
        writer.close()


async def main():
    async with await asyncio.start_unix_server(answer, address) as server:
        print("listening", flush=True)
        await server.serve_forever()


asyncio.run(main())
