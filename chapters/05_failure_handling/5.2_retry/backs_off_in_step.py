"""
A hundred users, each with a call to the service at a port; all wait as the document does.
"""

import asyncio
import sys

from tenacity import retry, stop_after_attempt, wait_exponential

from stand_ins.tiny_http import get


@retry(
    wait=wait_exponential(multiplier=1, min=1, max=10),
    stop=stop_after_attempt(3),
)
async def call():
    await get(int(sys.argv[2]))  # --port


async def main():
    ends = await asyncio.gather(*(call() for _ in range(100)), return_exceptions=True)
    print(f"served {ends.count(None)}", flush=True)


asyncio.run(main())
