"""
Ten releases, five of them bad, and what a quick look and Wald's test decide about each.

    python ten_releases.py FOLDER

Each version is a process, with a socket in the folder. It answers the same each time.
"""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import asynccontextmanager
from itertools import count

from canary_statistics import Sequential, alarming

GOOD, BAD = 10, 20  # errors in a thousand
RELEASES = [BAD] * 5 + [GOOD] * 5
SEED = 1700
EVERY, ENOUGH = 25, 250  # answers between two quick looks; until it has seen enough

FOLDER = sys.argv[1]
sockets = count()


class Version:
    """
    A process that answers; how many of its answers were errors.
    """

    def __init__(self, per_thousand, seed):
        self.address = f"{FOLDER}/{next(sockets)}"
        self.arguments = [self.address, f"{per_thousand}", f"{seed}"]
        self.answers = self.errors = 0

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "errs_rarely.py", *self.arguments), stdin=DEVNULL, stdout=PIPE
        )
        await self.process.stdout.readline()  # "listening"
        self.reader, self.writer = await asyncio.open_unix_connection(self.address)
        return self

    async def __aexit__(self, *_):
        self.writer.close()
        self.process.kill()
        await self.process.wait()

    async def ask(self, times):
        """
        Of so many answers, which are errors.
        """
        self.writer.write(times * b"GET / HTTP/1.1\r\nhost: shop\r\n\r\n")
        heads = [await self.reader.readuntil(b"\r\n\r\n") for _ in range(times)]
        errors = [b" 500 " in head for head in heads]
        self.answers, self.errors = self.answers + times, self.errors + sum(errors)
        return errors


@asynccontextmanager
async def canary(number):
    """
    The old version and the new one of a release.
    """
    async with (
        Version(GOOD, SEED + 100 + number) as old,
        Version(RELEASES[number], SEED + number) as new,
    ):
        yield old, new


def quick_look(old, new):
    """
    The test that is made for one look, at each look; content with a few hundred answers.
    """
    if alarming(old.errors, new.errors, new.answers):
        return "roll back"
    return "promote" if new.answers == ENOUGH else None


async def judge(number):
    """
    Both decisions about a release, from the same answers, and after how many each was made.
    """
    test, looked, tested = Sequential(), None, None
    async with canary(number) as (old, new):
        while not (looked and tested):
            for error in await new.ask(EVERY):
                tested = tested or test.look(error, GOOD / 1000)  # it was made so
            await old.ask(EVERY)
            if not looked and (looked := quick_look(old, new)):
                answers = new.answers
    tested = {"go on": "promote"}.get(tested, tested)
    return {"a quick look": [looked, answers], "the sequential test": [tested, test.answers]}


def is_right(number, word):
    return word == ("roll back" if RELEASES[number] == BAD else "promote")


async def main():
    for number, decisions in enumerate(await asyncio.gather(*map(judge, range(10)))):
        right = {who: is_right(number, word) for who, (word, _) in decisions.items()}
        bad = RELEASES[number] == BAD
        print(json.dumps({"bad": bad, "decisions": decisions, "right": right}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
