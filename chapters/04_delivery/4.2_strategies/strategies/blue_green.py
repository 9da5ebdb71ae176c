"""
Blue-green: start all of the new beside the old, then switch.
"""


async def deploy(fleet):
    blue = fleet.open
    fleet.set_traffic(await fleet.start_ready(fleet.new))
    await fleet.watch(80)
    await fleet.stop(*blue)


async def roll_back(fleet):
    fleet.set_traffic(fleet.those(fleet.old))
    await fleet.stop(*fleet.those(fleet.new))
