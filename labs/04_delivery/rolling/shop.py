"""
What all versions share: they listen at once, are ready a little later, and take their time;
for one answer of five, more of it.
"""

import asyncio
import socket
import sys
from itertools import count

WARM_UP, WORK = 0.4, 0.1  # seconds


def serve(status=lambda: 200, warm_up=WARM_UP, work=WORK):
    asyncio.run(run(status, warm_up, work))


async def run(status, warm_up, work):
    begin = asyncio.get_running_loop().time()
    answers = count(1)

    async def answer(reader, writer):
        request = await reader.readuntil(b"\r\n\r\n")
        ready = asyncio.get_running_loop().time() - begin >= warm_up
        code = 200 if ready else 503
        if ready and not request.startswith(b"GET /ready "):
            await asyncio.sleep(work if next(answers) % 5 else 8 * work)
            code = status()
        writer.write(
            b"HTTP/1.1 %d -\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok" % code
        )
        await writer.drain()
        writer.close()

    own = socket.socket(fileno=int(sys.argv[1]))  # bound by the fleet
    server = await asyncio.start_server(answer, sock=own)
    await server.serve_forever()
