"""
Runs the service twice, one life after the other, in one process, as a test suite does.
Between the lives it waits for a SIGUSR1.
"""

import asyncio
import signal
import sys

import uvicorn
from service import app


async def main():
    goes_on = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, goes_on.set)
    for life in ("first", "second"):
        await uvicorn.Server(uvicorn.Config(app, port=int(sys.argv[1]))).serve()
        print(f"the {life} life is over", flush=True)
        await goes_on.wait()


# The server hands SIGTERM on when it has ended, and that must not end us.
signal.signal(signal.SIGTERM, signal.SIG_IGN)
asyncio.run(main())
