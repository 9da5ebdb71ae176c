"""
Shows ten releases, one after the other, until somebody decides: promote it, or roll it back.

`python shows_releases.py FOLDER` writes ten times a second what is so, as a line of JSON; a
line of JSON on its stdin presses a button. The first of them is for practice.
"""

import asyncio
import json
import random
import sys
import time

from ten_releases import BAD, RELEASES, canary, is_right

RATE = 100  # answers a second of each version

pressed = None
said = {"release": None, "in words": "", "answers": 0, "old version": 0, "new version": 0}


async def decide(number, name):
    """
    Show a release until a button is pressed, and then how it was.
    """
    global pressed
    async with canary(number) as (old, new):
        pressed, said["release"], began = None, "wait", time.monotonic()
        while pressed in (None, "wait"):
            await asyncio.sleep(0.05)
            due = int(RATE * (time.monotonic() - began)) - new.answers
            for version, which in ((old, "old version"), (new, "new version")):
                await version.ask(due)
                said[which] = version.errors
            said["answers"] = new.answers
            words = f"{name}: {old.errors} errors of the old version, {new.errors} of the new"
            said["in words"] = f"{words}, in {new.answers} answers of each."
        decision = pressed
    right = is_right(number, decision)
    bad = "bad" if RELEASES[number] == BAD else "good"
    words = f"{name}: you were {'right' if right else 'wrong'}, it was {bad}"
    said["release"] = decision
    said["in words"] = f"{words}. ({decision}, after {new.answers} answers)"
    await asyncio.sleep(2)  # to read it
    return right, new.answers


async def show():
    await decide(0, "For practice")
    order = random.sample(range(10), 10)
    yours = [await decide(number, f"{n} of 10") for n, number in enumerate(order, start=1)]
    right, answers = (sum(each) for each in zip(*yours, strict=True))
    words = f"You were right about {right} of 10, after {answers // 10} answers each."
    said["in words"] = words


async def obey():
    global pressed
    while line := await asyncio.to_thread(sys.stdin.readline):
        pressed = json.loads(line)["release"]


async def main():
    tasks = [asyncio.create_task(show()), asyncio.create_task(obey())]
    while not any(task.done() and task.exception() for task in tasks):
        print(json.dumps(said), flush=True)
        await asyncio.sleep(0.1)


asyncio.run(main())
