"""
Canary: a tenth of the users first, then half of them, then all.
"""

from stand_ins.fleet import SIZE


async def deploy(fleet):
    old = fleet.open
    for share, instances, answers in ((10, 1, 20), (50, SIZE - 1, 40), (100, 0, 80)):
        more = await fleet.start_ready(fleet.new, instances)
        fleet.open, fleet.share = fleet.open + more, share
        await fleet.watch(answers)
    fleet.share = None
    await fleet.stop(*old)


async def go_back(fleet):
    fleet.open, fleet.share = fleet.those(fleet.old), None
    await fleet.stop(*fleet.those(fleet.new))
