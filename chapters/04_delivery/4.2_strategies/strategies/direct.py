"""
Direct replacement: stop the old, start the new.
"""


async def deploy(fleet):
    await fleet.stop(*fleet.running)
    fleet.set_traffic(await fleet.start_ready(fleet.new))
    await fleet.watch(80)


async def roll_back(fleet):
    await fleet.stop(*fleet.running)
    fleet.set_traffic(await fleet.start_ready(fleet.old))
