"""
Deploy a version by a strategy, while users come.

    python deploys.py PORT STRATEGY OLD NEW FOLDER

Four instances of the old version serve. After forty requests the deploy begins.
SIGTERM ends everything. FOLDER is for the instances' sockets.
"""

import asyncio
import importlib
import signal
import sys
import time

from stand_ins.fleet import BEFORE, Fleet, Refused


async def deploy(fleet, strategy):
    """
    Try; roll back when the new version is refused; say what it has cost.
    """
    began, back = time.monotonic(), "not rolled back"
    try:
        await strategy.deploy(fleet)
    except Refused as why:
        print(f"refused: {why}", flush=True)
        refused = time.monotonic()
        await strategy.roll_back(fleet)
        back = f"rolled back in {time.monotonic() - refused:.4f} s"
    took = time.monotonic() - began
    print(f"over: {fleet.peak} processes at most, {took:.2f} s, {back}", flush=True)


async def main(port, name, old, new, folder):
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    fleet = Fleet(old, new, "versions", folder)
    fleet.set_traffic(await fleet.start_ready(old))
    async with await asyncio.start_server(fleet.serve, "127.0.0.1", port):
        print(f"serves {old}", flush=True)
        while fleet.served < BEFORE and not stopped.is_set():
            await asyncio.sleep(0.01)
        strategy = importlib.import_module(f"strategies.{name}")
        deploying = asyncio.create_task(deploy(fleet, strategy))
        await stopped.wait()
        deploying.cancel()
    await fleet.stop(*fleet.running)


asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
