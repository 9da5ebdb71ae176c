"""
Answers every request after one second of work; has never heard of signals.
"""

import asyncio
import sys


async def answer(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    print("request started", flush=True)
    await asyncio.sleep(1)  # the work
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\ndone\n")
    await writer.drain()
    writer.close()


async def main(port):
    async with await asyncio.start_server(answer, "127.0.0.1", port) as server:
        print("listening", flush=True)
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
