"""
Users who try as often as levers say: each of them, and all of them together.

Told PORT and PID of their service, it writes ten times a second what is so, as a line of JSON;
a line of JSON on its stdin moves some of the levers.
"""

import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections import deque

from sends_users import RATE, attempt, get

PORT, PID = int(os.environ["PORT"]), int(os.environ["PID"])
USERS, ATTEMPTS, BUDGET = "users per second", "attempts", "retries per 100 users"
SERVICE = "service"
levers = {USERS: RATE, ATTEMPTS: 3, BUDGET: 200, SERVICE: "runs"}
tokens = 5.0
events = deque()  # (when, what) of the last second
said = {"in line": 0, "finished": 0}  # by the service, when it was asked last
finished = deque(maxlen=11)  # … in the last second, from line to line


def note(event):
    events.append((time.monotonic(), event))


async def visit():
    global tokens
    note("come")
    tokens = min(5.0, tokens + levers[BUDGET] / 100)
    for tries in range(levers[ATTEMPTS]):
        if tries:
            if tokens < 1:
                return
            tokens -= 1
        note("sent")
        if await attempt(PORT):
            note("served")
            return


async def come():
    due, before = 0.0, time.monotonic()
    async with asyncio.TaskGroup() as users:
        while True:
            await asyncio.sleep(0.01)
            now = time.monotonic()
            due, before = due + levers[USERS] * (now - before), now
            while due >= 1:
                users.create_task(visit())
                due -= 1


async def listen():
    while True:
        _, _, body = (await get("/counts", PORT)).partition(b"\r\n\r\n")
        said.update(json.loads(body))
        await asyncio.sleep(0.05)


def what_is_so():
    while events and events[0][0] < time.monotonic() - 1:
        events.popleft()
    what = [event for _, event in events]
    finished.append(said["finished"])
    counts = {event: what.count(event) for event in ("come", "sent", "served")}
    counts |= {"finished": finished[-1] - finished[0], "in line": said["in line"]}
    words = "{come} users come each second, {served} are served"
    words += "; the service finishes {finished} requests."
    return levers | counts | {"in words": words.format(**counts)}


def obey():
    for line in sys.stdin:
        levers.update(json.loads(line))
        os.kill(PID, signal.SIGSTOP if levers[SERVICE] == "paused" else signal.SIGCONT)


async def main():
    threading.Thread(target=obey, daemon=True).start()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(come())
        tasks.create_task(listen())
        while True:
            print(json.dumps(what_is_so()), flush=True)
            await asyncio.sleep(0.1)


asyncio.run(main())
