"""
Rolling update: one after the other, SIGKILL, and the door is closed when somebody notices.
"""

import asyncio

from strategies.roll_back import roll_back

__all__ = ["deploy", "roll_back"]


async def deploy(fleet):
    for old in fleet.those(fleet.old):
        new = await fleet.start(fleet.new)
        await new.ready()
        fleet.set_traffic([*fleet.open, new])
        old.process.kill()
        await asyncio.sleep(0.3)  # until a health check has noticed
        await fleet.stop(old)
