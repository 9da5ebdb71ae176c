"""
Chapter 4's strategies with containers: real instances, behind HAProxy and its runtime API.

    python3 tools/behind_haproxy.py [VERSION [STRATEGY …]]

A strategy is the chapter's own file. What it starts is a container of docker-compose.yml's
profile `haproxy`; where it opens the door, HAProxy is told; and the metrics are HAProxy's.
VERSION is one of those in 4.2_strategies/versions; without it, v2. Forty requests a second
come from outside. Needs Docker with its Compose plugin, Python 3.11 or later, and no package.
"""

import argparse
import asyncio
import importlib
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = ROOT / "chapters" / "04_delivery" / "4.2_strategies"
sys.path[:0] = [str(ROOT), str(CHAPTER)]

import runtime_api  # noqa: E402  the chapter's folder is not a package
from strategies import STRATEGIES  # noqa: E402

from stand_ins import fleet as chapter  # noqa: E402

RATE = 40  # requests per second
LAST = 40  # requests that tell what has become of it
WEIGHT = 2  # of one per cent; HAProxy's weights are whole numbers up to 256
COMPOSE = ("compose", "--file", str(ROOT / "docker-compose.yml"), "--profile", "haproxy")


async def docker(*words, hint=""):
    """
    What a command of docker's says; the end of the program, if it fails.
    """
    pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
    process = await asyncio.create_subprocess_exec("docker", *words, **pipes)
    said, complaint = await process.communicate()
    if process.returncode:
        sys.exit(f"docker {' '.join(words)} failed:\n{complaint.decode()}{hint}")
    return said.decode().strip()


def told(api, command, answer):
    """
    Tell HAProxy something that must not fail; the end of the program, if it does.
    """
    said = runtime_api.tell(api, command).strip()
    if said != answer:
        sys.exit(f"HAProxy was told: {command}\nIt answered: {said or 'nothing'}")


class Container(chapter.Instance):
    """
    An instance that HAProxy knows, unless it had ended before it had an address.
    """

    def __init__(self, version, api):
        super().__init__(version, f"versions/{version}.py", address="")
        self.api = api

    async def start(self):
        command = ("python", self.program, "0.0.0.0:8000")
        run = ("run", "--detach", "--no-deps", "instance", *command)
        self.name = await docker(*COMPOSE, *run)
        # It lasts as long as the container.
        self.process = await asyncio.create_subprocess_exec(
            "docker", "wait", self.name, stdout=asyncio.subprocess.DEVNULL
        )
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        self.address = await docker("inspect", "--format", form, self.name)
        if self.address:
            add = f"add server shop/{self.name} {self.address}:8000 check inter 200ms"
            told(self.api, add, "New server registered.")
            told(self.api, f"enable health shop/{self.name}", "")
            told(self.api, f"set server shop/{self.name} state drain", "")

    async def ask(self, path):
        """
        Not asked by us: HAProxy's health check asks it for /ready.
        """
        server = runtime_api.servers(self.api).get(self.name, {})
        return (200, "ready") if server.get("check_status") == "L7OK" else (502, "not yet")

    async def stop(self):
        """
        Drain, delete, SIGTERM.
        """
        if self.address:
            server = f"shop/{self.name}"
            told(self.api, f"set server {server} state maint", "")
            wait = f"wait 30s srv-removable {server}"
            await asyncio.to_thread(runtime_api.tell, self.api, wait)
            told(self.api, f"del server {server}", "Server deleted.")
        await docker("rm", "--force", (await docker("stop", self.name)))
        await self.process.wait()


class Containers(chapter.Fleet):
    """
    The chapter's fleet, of containers; who opens the door to one tells HAProxy.
    """

    def __init__(self, new, api):
        self.api = api
        self._open, self._share = [], None
        super().__init__("v1", new, "versions", folder=None)

    @property
    def open(self):
        return self._open

    @open.setter  # noqa: A003  the chapter calls it so
    def open(self, instances):
        self._open = instances
        self.tell()

    @property
    def share(self):
        return self._share

    @share.setter
    def share(self, per_cent):
        self._share = per_cent
        self.tell()

    async def start(self, version):
        instance = Container(version, self.api)
        await instance.start()
        self.running.append(instance)
        self.peak = max(self.peak, len(self.running))
        return instance

    async def start_ready(self, version, number=chapter.SIZE):
        made = await asyncio.gather(*(self.start(version) for _ in range(number)))
        await asyncio.gather(*(instance.ready() for instance in made))
        return made

    def tell(self):
        """
        Who gets requests, and what share of them: here by request, not by user.
        """
        number = Counter(instance.version for instance in self.open)
        for instance in filter(lambda instance: instance.address, self.running):
            state = "ready" if instance in self.open else "drain"
            told(self.api, f"set server shop/{instance.name} state {state}", "")
            if instance in self.open:
                share = 100 / len(self.open)
                if self.share is not None:
                    new = instance.version == self.new
                    side = self.share if new else 100 - self.share
                    share = side / number[instance.version]
                weight = f"set server shop/{instance.name} weight {WEIGHT * share:.0f}"
                told(self.api, weight, "")

    def errors(self):
        """
        HAProxy's own metrics of the new version, and without a delay.
        """
        names = {instance.name for instance in self.those(self.new)}
        rows = [row for name, row in runtime_api.servers(self.api).items() if name in names]
        answers = sum(int(row[f"hrsp_{n}xx"] or 0) for row in rows for n in range(1, 6))
        return answers, sum(int(row["hrsp_5xx"] or 0) for row in rows)


class Customers:
    """
    Forty requests a second, on time, whether the last one is answered or not.
    """

    def __init__(self, port):
        self.port = port
        self.asked = []
        self._coming = asyncio.create_task(self.come())

    async def ask(self):
        """
        The status of an answer; 0 where there is none.
        """
        try:
            async with asyncio.timeout(10):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(b"GET / HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n")
                answer = await reader.read()
                writer.close()
                return int(answer.split()[1])
        except (OSError, IndexError, TimeoutError):
            return 0

    async def come(self):
        begin = time.monotonic()
        while True:
            await asyncio.sleep(begin + len(self.asked) / RATE - time.monotonic())
            self.asked.append(asyncio.create_task(self.ask()))

    async def wait(self, more):
        """
        Wait until so many more have come.
        """
        await asyncio.sleep(more / RATE)

    async def leave(self):
        """
        The statuses of all, in the order in which they came.
        """
        self._coming.cancel()
        return await asyncio.gather(*self.asked)


async def deploy(fleet, strategy):
    """
    As chapter 4 does it: try, and go back when the new version is refused.
    """
    try:
        await strategy.deploy(fleet)
    except chapter.Refused as why:
        refused = time.monotonic()
        await strategy.go_back(fleet)
        return f"refused ({why}), back in ≈ {time.monotonic() - refused:.1f} s"
    return "not refused"


async def try_one(name, version, api, door):
    """
    Deploy a version by a strategy; in a line, what it has cost.
    """
    fleet = Containers(version, api)
    strategy = importlib.import_module(f"strategies.{name}")
    try:
        fleet.open = await fleet.start_ready("v1")
        customers = Customers(door)
        await customers.wait(chapter.BEFORE)
        began = time.monotonic()
        words = await deploy(fleet, strategy)
        took = time.monotonic() - began
        await customers.wait(2 * LAST)
        statuses = await customers.leave()
    finally:
        await fleet.stop(*fleet.running)
    failed = sum(status != 200 for status in statuses)
    still = ", the last of them for good" if any(s != 200 for s in statuses[-LAST:]) else ""
    return (
        f"{failed} of ≈ {len(statuses)} requests failed{still}; "
        f"{fleet.peak} containers at most; ≈ {took:.1f} s; {words}"
    )


async def main(version, names):
    await docker(*COMPOSE, "build", "instance")
    hint = "Nothing else needs HAProxy's image: the rest of the classroom works without it."
    await docker(*COMPOSE, "up", "--detach", "--wait", "haproxy", hint=hint)
    try:
        ports = [
            int((await docker(*COMPOSE, "port", "haproxy", port)).rpartition(":")[2])
            for port in ("9999", "8000")
        ]
        api = ("127.0.0.1", ports[0])
        for name in names:
            print(f"{name:<18}  {await try_one(name, version, api, ports[1])}", flush=True)
    finally:
        await docker(*COMPOSE, "rm", "--force", "--stop", "haproxy")


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036  it is the host's, not the course's
        sys.exit(f"This is Python {sys.version.split()[0]}; it needs 3.11 or later.")
    versions = sorted(path.stem for path in (CHAPTER / "versions").glob("v2*.py"))
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("version", nargs="?", default="v2", choices=versions)
    parser.add_argument("strategies", nargs="*", metavar="strategy", help=", ".join(STRATEGIES))
    chosen = parser.parse_args()
    if unknown := set(chosen.strategies) - set(STRATEGIES):
        parser.error(
            f"no such strategy: {', '.join(unknown)}; there are {', '.join(STRATEGIES)}"
        )
    if subprocess.run([ROOT / "tools" / "engine"], check=False).returncode:
        sys.exit(1)
    try:
        asyncio.run(main(chosen.version, chosen.strategies or STRATEGIES))
    except KeyboardInterrupt:
        sys.exit("Interrupted; the containers are gone.")
