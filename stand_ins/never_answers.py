"""
Not a secret manager: takes every connection, and never says a word.
"""

import asyncio
import sys


async def ignore(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    print("asked", flush=True)
    while await reader.read(1024):
        pass
    writer.close()


async def main(port: int) -> None:
    async with await asyncio.start_server(ignore, "127.0.0.1", port) as server:
        print("listening", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
