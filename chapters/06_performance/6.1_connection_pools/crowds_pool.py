"""
Callers come at random; each borrows a connection, holds it for a while, and gives it back.

`python crowds_pool.py CALLERS_PER_SECOND MOST_CONNECTIONS` writes ten times a second what is
so, as a line of JSON; a line of JSON on its stdin moves some of the four levers.
"""

import asyncio
import json
import os
import random
import sys
import threading
import time
from collections import deque

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

CALLERS, HELD, SIZE, TIMEOUT = "callers per second", "seconds held", "connections", "time-out"
levers = {CALLERS: int(sys.argv[1]), HELD: 0.1, SIZE: 5, TIMEOUT: 2.0}
most = int(sys.argv[2])
settings = {"pool_size": most, "max_overflow": 0, "isolation_level": "AUTOCOMMIT"}
engine = create_async_engine(os.environ["DATABASE_URL"], **settings)
kept_aside = []  # the pool is as small as its lever says: we hold the rest of it
waiting = 0
new = []  # (seconds waited, whether in vain) of those whose wait has ended since the last line
last = deque(maxlen=100)  # … of the last hundred


async def call():
    global waiting
    came, connection, waiting = time.monotonic(), None, waiting + 1
    try:
        async with asyncio.timeout(levers[TIMEOUT]):  # a pool_timeout that can be moved
            connection = await engine.connect()
    except TimeoutError:
        pass
    waiting -= 1
    new.append((time.monotonic() - came, connection is None))
    if connection is None:
        return
    await connection.execute(text("SELECT pg_sleep(:held)"), {"held": levers[HELD]})
    if len(kept_aside) < most - levers[SIZE]:
        kept_aside.append(connection)
    else:
        await connection.close()


async def come():
    calls, due = set(), time.monotonic()
    random.seed(1)  # the same callers each time, only closer together
    while True:
        due += random.expovariate(levers[CALLERS])
        await asyncio.sleep(due - time.monotonic())
        calls.add(task := asyncio.create_task(call()))
        task.add_done_callback(calls.discard)


def what_is_so():
    last.extend(new)
    waits = sorted(seconds for seconds, _ in last) or [0.0]
    needed = levers[CALLERS] * levers[HELD]
    words = f"The callers need {needed:.1f} connections at a time, the pool has {levers[SIZE]}"
    return levers | {
        "in words": f"{words} ({needed / levers[SIZE]:.0%}).",
        "holding": engine.pool.checkedout() - len(kept_aside),
        "waiting": waiting,
        "median": waits[len(waits) // 2],
        "p99": waits[int(0.99 * len(waits))],
        "rejected": sum(in_vain for _, in_vain in last),
        "waits": [seconds for seconds, _ in new],
    }


async def main():
    kept_aside.extend([await engine.connect() for _ in range(most)])
    threading.Thread(target=obey, daemon=True).start()
    coming = asyncio.create_task(come())
    while not coming.done():
        while len(kept_aside) > most - levers[SIZE]:
            await kept_aside.pop().close()
        print(json.dumps(what_is_so()), flush=True)
        new.clear()
        await asyncio.sleep(0.1)


def obey():
    for line in sys.stdin:
        levers.update(json.loads(line))


asyncio.run(main())
