"""
Rolling update: one after the other, each when its successor is ready.
"""

from strategies.back import go_back

__all__ = ["deploy", "go_back"]


async def deploy(fleet):
    for old in fleet.those(fleet.old):
        new = await fleet.start(fleet.new)
        await new.ready()
        fleet.open.append(new)
        await fleet.stop(old)
