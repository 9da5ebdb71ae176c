"""
Canary: a tenth of the users first, then half of them, then all.
"""

from stand_ins.fleet import SIZE


async def deploy(fleet):
    old = fleet.open
    for share, instances, answers in ((10, 1, 20), (50, SIZE - 1, 40), (100, 0, 80)):
        more = await fleet.start_ready(fleet.new, instances)
        fleet.set_traffic(fleet.open + more, share)
        await fleet.watch(answers)
    fleet.set_traffic(fleet.those(fleet.new))
    await fleet.stop(*old)


async def roll_back(fleet):
    fleet.set_traffic(fleet.those(fleet.old))
    await fleet.stop(*fleet.those(fleet.new))
