"""
Runs the service twice, one life after the other, in one process, as a test suite does.
"""

import asyncio
import signal
import sys

import uvicorn
from service import app


async def main():
    for life in ("first", "second"):
        await uvicorn.Server(uvicorn.Config(app, port=int(sys.argv[1]))).serve()
        print(f"the {life} life is over", flush=True)


# The server hands SIGTERM on when it has ended, and that must not end us.
signal.signal(signal.SIGTERM, signal.SIG_IGN)
asyncio.run(main())
