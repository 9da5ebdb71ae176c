"""
Not a platform: instances of a shop behind one front door, and what a deploy may do with them.

Everything runs on one machine, and the door reads one request a connection.
"""

import asyncio
import hashlib
import os
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

SIZE = 4  # instances, when nothing is being deployed
USERS = 200
BEFORE = 40  # requests before a deploy begins, so that there is something to compare with
RELEASE = "release-8"
PATIENCE = 20  # seconds until an instance must be ready
DELAY = 1.0  # seconds until an answer shows in the metrics; often a minute in real life
ENOUGH = 15  # answers, before their errors say anything
MOST_ERRORS = 0.05


def place(user: str) -> int:
    """
    Where a user stands among a hundred, in this release: the same in every process.
    """
    digest = hashlib.sha256(f"{RELEASE} {user}".encode()).digest()
    return int.from_bytes(digest[:4]) % 100


class Refused(Exception):
    """
    The new version is not good enough; the message says why.
    """


class Instance:
    """
    A process of one version. Its address is a Unix socket.
    """

    process: asyncio.subprocess.Process

    def __init__(self, version: str, program: str | Path, address: str) -> None:
        self.version = version
        self.program = program
        self.address = address
        self.in_flight = 0

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, self.program, self.address, stderr=asyncio.subprocess.DEVNULL
        )

    async def ready(self) -> None:
        """
        Wait until it says that it is; it is refused if it ends before, or takes too long.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                while (await self.ask("/ready"))[0] != 200:
                    if self.process.returncode is not None:
                        raise Refused(f"{self.version} ended before it was ready")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise Refused(f"{self.version} was not ready within {PATIENCE} s") from None

    async def ask(self, path: str) -> tuple[int, str]:
        """
        The status and the text of its answer; 502 where there is none.
        """
        self.in_flight += 1
        try:
            reader, writer = await asyncio.open_unix_connection(self.address)
            writer.write(f"GET {path} HTTP/1.1\r\nhost: shop\r\n\r\n".encode())
            head, _, text = (await reader.read()).decode().partition("\r\n\r\n")
            writer.close()
            return int(head.split()[1]), text
        except (OSError, IndexError):
            return 502, "no answer"
        finally:
            self.in_flight -= 1

    async def stop(self) -> None:
        """
        Drain, then SIGTERM. Whoever calls this has closed the door to it before.
        """
        while self.in_flight:
            await asyncio.sleep(0.01)
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()


class Fleet:
    """
    All instances; those that the door is open to; what the metrics say of the new version.

    In the folder `versions` there is a program for each version; in `folder` are the sockets.
    """

    def __init__(self, old: str, new: str, versions: str | Path, folder: str | Path) -> None:
        self.old = old
        self.new = new
        self.versions = Path(versions)
        self.folder = folder
        self.running: list[Instance] = []
        self.open: list[Instance] = []  # those that get requests
        self.share: int | None = None  # see set_traffic()
        self.peak = 0
        self.served = 0
        self._answers: list[tuple[float, bool]] = []  # of the new version: when; an error?
        self._chance = random.Random(4)
        self._started = 0

    def instance(self, version: str) -> Instance:
        """
        One that can be started.
        """
        self._started += 1
        address = f"{self.folder}/{os.getpid()}-{self._started}"
        return Instance(version, self.versions / f"{version}.py", address)

    async def start(self, version: str) -> Instance:
        instance = self.instance(version)
        await instance.start()
        self.running.append(instance)
        self.peak = max(self.peak, len(self.running))
        return instance

    async def start_ready(self, version: str, number: int = SIZE) -> list[Instance]:
        """
        Start several at the same time, and wait until each is ready.
        """
        made = await asyncio.gather(*(self.start(version) for _ in range(number)))
        await asyncio.gather(*(instance.ready() for instance in made))
        return made

    def set_traffic(self, instances: Sequence[Instance], share: int | None = None) -> None:
        """
        From now on these instances get the requests, and no others do.

        With a `share`, the new version is for so many per cent of the users; without, chance
        decides among the instances.
        """
        self.open, self.share = list(instances), share

    async def stop(self, *instances: Instance) -> None:
        """
        Close the door to them; let them finish; end them.
        """
        for instance in instances:
            self.running.remove(instance)
        self.set_traffic([one for one in self.open if one in self.running], self.share)
        await asyncio.gather(*(instance.stop() for instance in instances))

    def those(self, version: str) -> list[Instance]:
        return [instance for instance in self.running if instance.version == version]

    def errors(self) -> tuple[int, int]:
        """
        How many answers of the new version the metrics know of, and how many were errors.
        """
        known = [error for then, error in self._answers if then < time.monotonic() - DELAY]
        return len(known), sum(known)

    async def watch(self, answers: int) -> None:
        """
        Wait until the metrics know of so many more; too many errors, and it is refused.
        """
        number, errors = self.errors()
        goal = max(number + answers, ENOUGH)
        while number < goal:
            await asyncio.sleep(0.02)
            number, errors = self.errors()
            if number >= ENOUGH and errors > MOST_ERRORS * number:
                raise Refused(f"{errors} errors in {number} answers")

    def choose(self, user: str) -> Instance:
        """
        The instance for a user: the same side each time, where a share is set.
        """
        if self.share is None:
            return self._chance.choice(self.open)
        new = place(user) < self.share
        side = [instance for instance in self.open if (instance.version == self.new) == new]
        return self._chance.choice(side)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """
        The front door. It draws the user who comes; in production, a cookie tells.
        """
        try:
            await reader.readuntil(b"\r\n\r\n")
            user = f"user{self._chance.randrange(USERS)}"
            status, text = 503, "nobody is there"
            if self.open:
                instance = self.choose(user)
                status, text = await instance.ask("/")
                if instance.version == self.new:
                    self._answers.append((time.monotonic(), status >= 500))
            text = f"{text}, {user}"
            head = f"HTTP/1.1 {status} .\r\ncontent-length: {len(text)}\r\n"
            writer.write(f"{head}connection: close\r\n\r\n{text}".encode())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever asked has gone
        finally:
            self.served += 1
            writer.close()
