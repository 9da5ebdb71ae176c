"""
Chapter 4's strategies with containers: real instances, behind HAProxy and its runtime API.

    python3 -m demos.haproxy [VERSION [STRATEGY …]]

A strategy is the notebook's own file. What it starts is a container of compose.yaml's service
`instance`; where it opens the door, HAProxy is told; and the metrics are HAProxy's.
VERSION is one of those beside the notebook; without it, v2. Forty requests a second come from
outside.
Needs Docker with its Compose plugin, Python 3.11 or later, and no package.
"""

import argparse
import asyncio
import importlib.util
import sys
import time
from collections import Counter
from collections.abc import Sequence
from types import ModuleType

from demos._compose import ROOT, Demonstration, row, run
from stand_ins import runtime_api
from stand_ins.fleet import BEFORE, Fleet, Instance, Refused

NOTEBOOK = ROOT / "chapters" / "04_delivery" / "4.2_strategies"
RATE = 40  # requests per second
LAST = 40  # requests that tell what has become of it
WIDTHS = (20, 15, 12, 9, 40)
COLUMNS = ("strategy", "lost", "containers", "seconds", "the requests, in order")
MARKS = 40  # for the requests of one strategy
LEGEND = """
lost         requests without a good answer, of those that came until two seconds after the end
containers   at most, at one moment
·  x         each mark is some requests: x where at least one of them was lost
"""
WEIGHT = 2  # of one per cent; HAProxy's weights are whole numbers up to 256

Address = tuple[str, int]

demo = Demonstration(__file__, __doc__)


async def compose(*words: str, hint: str = "") -> str:
    done = await asyncio.to_thread(demo.compose, *words, hint=hint)
    return done.stdout.strip()


async def docker(*words: str) -> str:
    done = await asyncio.to_thread(run, "docker", *words)
    return done.stdout.strip()


def told(api: Address, command: str, answer: str = "") -> None:
    """
    Tell HAProxy something that must not fail; the end of the program, if it does.
    """
    said = runtime_api.tell(api, command).strip()
    if said != answer:
        sys.exit(f"HAProxy was told: {command}\nIt answered: {said or 'nothing'}")


class Container(Instance):
    """
    An instance that HAProxy knows, unless it had ended before it had an address.
    """

    def __init__(self, version: str, api: Address) -> None:
        super().__init__(version, f"versions/{version}.py", address="")
        self.name = ""
        self.api = api

    async def start(self) -> None:
        command = ("python", str(self.program), "0.0.0.0:8000")
        self.name = await compose("run", "--detach", "--no-deps", "instance", *command)
        # It lasts as long as the container.
        self.process = await asyncio.create_subprocess_exec(
            "docker", "wait", self.name, stdout=asyncio.subprocess.DEVNULL
        )
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        self.address = await docker("inspect", "--format", form, self.name)
        if self.address:
            add = f"add server shop/{self.name} {self.address}:8000 check inter 200ms"
            told(self.api, add, "New server registered.")
            told(self.api, f"enable health shop/{self.name}")
            told(self.api, f"set server shop/{self.name} state drain")

    async def ask(self, path: str) -> tuple[int, str]:
        """
        Not asked by us: HAProxy's health check asks it for /ready.
        """
        server = runtime_api.servers(self.api).get(self.name, {})
        # One good check is not enough, HAProxy wants two: until then it is "DOWN 1/2".
        is_up = server.get("check_status") == "L7OK" and server["status"] == "DRAIN"
        return (200, "ready") if is_up else (502, "not yet")

    async def stop(self) -> None:
        """
        Drain, delete, SIGTERM.
        """
        if self.address:
            server = f"shop/{self.name}"
            told(self.api, f"set server {server} state maint")
            wait = f"wait 30s srv-removable {server}"
            await asyncio.to_thread(runtime_api.tell, self.api, wait)
            told(self.api, f"del server {server}", "Server deleted.")
        await docker("rm", "--force", (await docker("stop", self.name)))
        await self.process.wait()


class Containers(Fleet):
    """
    The chapter's fleet, of containers; who gets requests is told to HAProxy.
    """

    running: list[Container]  # type: ignore[assignment]

    def __init__(self, new: str, api: Address) -> None:
        super().__init__("v1", new, "versions", folder="")
        self.api = api

    def instance(self, version: str) -> Container:
        return Container(version, self.api)

    def set_traffic(self, instances: Sequence[Instance], share: int | None = None) -> None:
        """
        Who gets requests, and what share of them: here by request, not by user.
        """
        super().set_traffic(instances, share)
        number = Counter(instance.version for instance in self.open)
        known = filter(lambda instance: instance.address, self.running)
        # Open before close: were the old ones closed first, for a moment there would be nobody.
        for instance in sorted(known, key=lambda instance: instance not in self.open):
            state = "ready" if instance in self.open else "drain"
            told(self.api, f"set server shop/{instance.name} state {state}")
            if instance in self.open:
                weight = 100 / len(self.open)
                if share is not None:
                    side = share if instance.version == self.new else 100 - share
                    weight = side / number[instance.version]
                told(self.api, f"set server shop/{instance.name} weight {WEIGHT * weight:.0f}")

    def errors(self) -> tuple[int, int]:
        """
        HAProxy's own metrics of the new version, and without a delay.
        """
        names = {instance.name for instance in self.running if instance.version == self.new}
        rows = [row for name, row in runtime_api.servers(self.api).items() if name in names]
        answers = sum(int(row[f"hrsp_{n}xx"] or 0) for row in rows for n in range(1, 6))
        return answers, sum(int(row["hrsp_5xx"] or 0) for row in rows)


class Customers:
    """
    Forty requests a second, on time, whether the last one is answered or not.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[asyncio.Task[int]] = []
        self._coming = asyncio.create_task(self.come())

    async def ask(self) -> int:
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

    async def come(self) -> None:
        begin = time.monotonic()
        while True:
            await asyncio.sleep(begin + len(self.asked) / RATE - time.monotonic())
            self.asked.append(asyncio.create_task(self.ask()))

    async def wait(self, more: int) -> None:
        """
        Wait until so many more have come.
        """
        await asyncio.sleep(more / RATE)

    async def leave(self) -> list[int]:
        """
        The statuses of all, in the order in which they came.
        """
        self._coming.cancel()
        return await asyncio.gather(*self.asked)


def load_strategies() -> ModuleType:
    """
    The package beside the notebook, from its place: a chapter is no package.
    """
    place = NOTEBOOK / "strategies"
    spec = importlib.util.spec_from_file_location("strategies", place / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    sys.modules[spec.name] = package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    return package


async def deploy(fleet: Fleet, strategy: ModuleType) -> str:
    """
    As chapter 4 does it: try, and roll back when the new version is refused.
    """
    try:
        await strategy.deploy(fleet)
    except Refused as why:
        refused = time.monotonic()
        await strategy.roll_back(fleet)
        return f"refused ({why}), back in ≈ {time.monotonic() - refused:.1f} s"
    return "not refused"


def drawn(statuses: Sequence[int]) -> str:
    """
    A mark for some requests each, in the order in which they came: x where one was lost.
    """
    each = -(-len(statuses) // MARKS)
    some = (statuses[at : at + each] for at in range(0, len(statuses), each))
    return "".join("x" if any(status != 200 for status in part) else "·" for part in some)


async def try_one(name: str, version: str, api: Address, door: int) -> str:
    """
    Deploy a version by a strategy; in two lines, what it has cost.
    """
    fleet = Containers(version, api)
    strategy = importlib.import_module(f"strategies.{name}")
    try:
        fleet.set_traffic(await fleet.start_ready("v1"))
        customers = Customers(door)
        await customers.wait(BEFORE)
        began = time.monotonic()
        words = await deploy(fleet, strategy)
        took = time.monotonic() - began
        await customers.wait(2 * LAST)
        statuses = await customers.leave()
    finally:
        await fleet.stop(*fleet.running)
    failed = sum(status != 200 for status in statuses)
    still = (
        ", and the last requests fail still" if any(s != 200 for s in statuses[-LAST:]) else ""
    )
    lost = f"{failed} of ≈ {len(statuses)}"
    cells = (name, lost, str(fleet.peak), f"≈ {took:.1f}", drawn(statuses))
    return f"{row(WIDTHS, *cells)}\n    {words}{still}"


async def try_all(version: str, names: Sequence[str]) -> None:
    await compose("build", "instance")
    hint = "Nothing else needs HAProxy's image: the classroom works without it."
    await compose("up", "--detach", "--wait", "haproxy", hint=hint)
    api, door = [
        int((await compose("port", "haproxy", port)).rpartition(":")[2])
        for port in ("9999", "8000")
    ]
    print(row(WIDTHS, *COLUMNS))
    for name in names:
        print(await try_one(name, version, ("127.0.0.1", api), door), flush=True)
    print(LEGEND, end="")


def main() -> None:
    strategies = load_strategies().STRATEGIES
    known = ", ".join(strategies)

    def strategy(name: str) -> str:
        if name not in strategies:
            raise argparse.ArgumentTypeError(f"no such strategy: {name}; there are {known}")
        return name

    versions = sorted(path.stem for path in (NOTEBOOK / "versions").glob("v2*.py"))
    add = demo.parser.add_argument
    add("version", nargs="?", default="v2", choices=versions)
    add("strategies", nargs="*", type=strategy, metavar="strategy", help=known)
    demo.show(lambda told: asyncio.run(try_all(told.version, told.strategies or strategies)))


if __name__ == "__main__":
    main()
