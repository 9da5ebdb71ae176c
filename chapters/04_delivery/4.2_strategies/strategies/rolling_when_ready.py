"""
Rolling update: one after the other, each when its successor is ready.
"""

from strategies.roll_back import roll_back

__all__ = ["deploy", "roll_back"]


async def deploy(fleet):
    for old in fleet.those(fleet.old):
        new = await fleet.start(fleet.new)
        await new.ready()
        fleet.set_traffic([*fleet.open, new])
        await fleet.stop(old)
