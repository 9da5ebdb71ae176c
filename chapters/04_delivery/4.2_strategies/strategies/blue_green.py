"""
Blue-green: start all of the new beside the old, then switch.
"""


async def deploy(fleet):
    blue = fleet.open
    fleet.open = await fleet.start_ready(fleet.new)
    await fleet.watch(80)
    await fleet.stop(*blue)


async def go_back(fleet):
    fleet.open = fleet.those(fleet.old)
    await fleet.stop(*fleet.those(fleet.new))
