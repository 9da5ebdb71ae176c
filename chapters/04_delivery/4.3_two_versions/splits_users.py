"""
One user in ten gets the new version, each time.

    python splits_users.py PORT NEW FOLDER
"""

import asyncio
import sys

from stand_ins.fleet import Fleet


async def main(port, new, folder):
    fleet = Fleet("v1", new, "../4.2_strategies/versions", folder)
    old, canary = await fleet.start_ready("v1", 1) + await fleet.start_ready(new, 1)
    fleet.set_traffic([old, canary], share=10)
    async with await asyncio.start_server(fleet.serve, "127.0.0.1", port) as server:
        print("listening", flush=True)
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
