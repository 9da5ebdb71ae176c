"""
Roll back a rolling update: one after the other, as it went.
"""


async def roll_back(fleet):
    for new in fleet.those(fleet.new):
        if new in fleet.open:
            old = await fleet.start_ready(fleet.old, 1)
            fleet.set_traffic(fleet.open + old)
        await fleet.stop(new)
