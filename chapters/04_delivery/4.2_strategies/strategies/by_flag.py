"""
By a flag: the code is everywhere already, and the deploy is a switch.
"""

from pathlib import Path


async def deploy(fleet):
    Path(fleet.folder, "flag").touch()
    await fleet.watch(80)


async def roll_back(fleet):
    Path(fleet.folder, "flag").unlink()
