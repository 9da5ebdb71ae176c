"""
Rolling update: one after the other, SIGTERM first, the door is closed after that.
"""

from strategies.back import go_back

__all__ = ["deploy", "go_back"]


async def deploy(fleet):
    for old in fleet.those(fleet.old):
        new = await fleet.start(fleet.new)
        await new.ready()
        fleet.open.append(new)
        old.process.terminate()
        await old.process.wait()
        await fleet.stop(old)
