"""
Answers every request after one second of work; on SIGTERM finishes those it has begun.
"""

import asyncio
import signal
import sys

in_flight = set()


async def answer(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    task = asyncio.current_task()
    in_flight.add(task)  # it has asked: we owe it an answer
    task.add_done_callback(in_flight.discard)
    print("request started", flush=True)
    await asyncio.sleep(1)  # the work
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\ndone\n")
    await writer.drain()
    writer.close()


async def main(port):
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)  # note it, nothing more
    server = await asyncio.start_server(answer, "127.0.0.1", port)
    print("listening", flush=True)
    await stopping.wait()
    server.close()  # no new connections …
    if in_flight:
        await asyncio.wait(in_flight)  # … and an end for those we have


asyncio.run(main(int(sys.argv[1])))
