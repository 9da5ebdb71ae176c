"""
Direct replacement: stop the old, start the new.
"""


async def deploy(fleet):
    await fleet.stop(*fleet.running)
    fleet.open = await fleet.start_ready(fleet.new)
    await fleet.watch(80)


async def go_back(fleet):
    await fleet.stop(*fleet.running)
    fleet.open = await fleet.start_ready(fleet.old)
