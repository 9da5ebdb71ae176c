"""
What all versions of the shop have in common: a page, and /ready, which says that it serves.

    python v1.py SOCKET
    python v1.py HOST:PORT

A pod or a container has a network of its own; otherwise, its address is a Unix socket.
"""

import asyncio
import sys

WARM_UP = 0.5  # seconds; a shop that has read its catalogue


def serve(page, ready=lambda: True, seconds=0):
    """
    Answer each request for the page with what `page()` returns: a status and a text.

    It takes `seconds`, and /ready says whether it is `ready()`.
    """

    async def answer(reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"GET /ready "):
                status, text = (200, "ready") if ready() else (503, "not yet")
            else:
                await asyncio.sleep(seconds)
                status, text = page()
            writer.write(f"HTTP/1.1 {status} .\r\ncontent-length: {len(text)}\r\n".encode())
            writer.write(f"connection: close\r\n\r\n{text}".encode())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever asked has gone
        finally:
            writer.close()

    async def main():
        await asyncio.sleep(WARM_UP)
        host, _, port = sys.argv[1].rpartition(":")
        if host:
            server = await asyncio.start_server(answer, host, port)
        else:
            server = await asyncio.start_unix_server(answer, sys.argv[1])
        await server.serve_forever()

    asyncio.run(main())
