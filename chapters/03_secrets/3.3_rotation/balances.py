"""
A balancer reduced to what matters here: each connection goes to the next instance of a list.

The list is a file of ports. It is read for every connection, so it can change under load.
"""

import asyncio
import os
import sys
from itertools import count
from pathlib import Path

INSTANCES = Path(os.environ["INSTANCES"])
turns = count()


async def copy(reader, writer):
    try:
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()
    except ConnectionError:
        pass  # who hung up, has heard enough
    finally:
        writer.close()


async def pass_on(reader, writer):
    ports = INSTANCES.read_text().split()
    port = ports[next(turns) % len(ports)]
    from_instance, to_instance = await asyncio.open_connection("127.0.0.1", int(port))
    await asyncio.gather(copy(reader, to_instance), copy(from_instance, writer))


async def main(port):
    async with await asyncio.start_server(pass_on, "127.0.0.1", port) as server:
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
