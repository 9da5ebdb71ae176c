"""
Going back from a rolling update: one after the other, as it went.
"""


async def go_back(fleet):
    for new in fleet.those(fleet.new):
        if new in fleet.open:
            fleet.open += await fleet.start_ready(fleet.old, 1)
        await fleet.stop(new)
