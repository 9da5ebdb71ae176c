"""
HTTP with nothing around it: for services that only count, and clients by the hundred.
"""

import asyncio


class Unavailable(Exception):
    """
    The answer was a 5xx.
    """


async def ask(port, path="/", method="GET"):
    """
    Ask on a connection of its own; return status, headers and body.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    finally:
        writer.close()
    if not head:
        raise ConnectionError("the connection ended before the answer")
    first, *lines = head.split("\r\n")
    return int(first.split()[1]), dict(line.split(": ") for line in lines), body


async def get(port):
    status, _, body = await ask(port)
    if status >= 500:
        raise Unavailable(status)
    return body


def serve(port, answer):
    """
    Answer every request with what `answer(method, path)` returns: status, body, and headers.
    """

    async def handle(reader, writer):
        try:
            method, path, _ = (await reader.readuntil(b"\r\n\r\n")).decode().split(" ", 2)
            status, body, *headers = await answer(method, path)
            lines = [f"HTTP/1.1 {status} -", "Connection: close", *headers, "", body]
            writer.write("\r\n".join(lines).encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the other side has hung up
        finally:
            writer.close()

    async def main():
        while True:
            try:
                server = await asyncio.start_server(handle, "127.0.0.1", port, backlog=500)
                break
            except OSError:  # its predecessor still has the port
                print("standing by", flush=True)
                await asyncio.sleep(0.02)
        print("listening", flush=True)
        await server.serve_forever()

    asyncio.run(main())
