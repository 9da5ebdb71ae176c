"""
A fleet is asked without a pause, while the controller brings good and bad versions.
"""

import json
import random
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple
from urllib.request import urlopen

import pytest

from workbench import Process, Traffic, measured, start, traffic, wait_until
from workbench.checks import Hint, at_once, ends, expect, patience, record

RATE, GIVES_UP = 60, 5  # requests a second, and after how many seconds a customer gives up
SIZE, MOST = 3, 4  # instances that serve, and that run
PATIENT, IMPATIENT = 20, 2  # seconds until an instance must be ready
SECONDS = 21  # for a release; the task says twenty
LAST_ANSWERS = 4.9  # seconds for those in flight; the task says five

GOOD = "v2"
SILENT = ("v2_crashes", "v2_never_ready", "v2_alone")  # not a request may be lost
HANGS = "v2_hangs"  # what it has taken, nobody can save
BAD = (*SILENT, "v2_errs", HANGS)
VERSIONS = (HANGS, GOOD, "v2_errs", *SILENT)  # what takes long begins first


class Found(NamedTuple):
    """
    What became of a release; nothing, if one before it did not end.
    """

    code: int | None = None  # of the controller; nothing if it did not end
    history: Sequence[dict[str, Any]] = ()  # see fleet.py
    serving: Sequence[str] = ()  # the versions of the instances that get requests, in the end
    alive: int = 0  # in the end
    requests: int = 0
    lost: int = 0
    load: Traffic | None = None
    controller: Process | None = None

    def events(self, action: str) -> list[dict[str, Any]]:
        return [event for event in self.history if event["action"] == action]

    @property
    def ended(self) -> bool:
        return self.code is not None

    @property
    def fewest(self) -> int:
        return min([SIZE, *(int(event["serving"]) for event in self.history)])

    @property
    def most(self) -> int:
        return max([SIZE, *(int(event["alive"]) for event in self.history)])

    @property
    def added_too_early(self) -> int:
        return sum(not event["ready"] for event in self.events("add"))

    @property
    def stopped_in_rotation(self) -> int:
        return sum(event["in_rotation"] for event in self.events("stop"))

    @property
    def stopped_in_flight(self) -> int:
        """
        The requests of instances that were stopped before these had had their time.
        """
        removed = {event["name"]: event["at"] for event in self.events("remove")}
        return sum(
            event["in_flight"]
            for event in self.events("stop")
            if event["at"] < removed.get(event["name"], event["at"]) + LAST_ANSWERS
        )

    @property
    def at_once(self) -> int:
        """
        The most instances of the new version that served at once.
        """
        serving: set[str] = set()
        most = 0
        for event in self.history:
            if event["version"] != "v1" and event["action"] == "add":
                serving.add(event["name"])
            elif event["action"] != "start":
                serving.discard(event["name"])
            most = max(most, len(serving))
        return most

    @property
    def is_back(self) -> bool:
        return self.serving == ["v1"] * SIZE


def look(url: str, path: str) -> Any:
    with urlopen(url + path, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def post(url: str, path: str) -> Any:
    with urlopen(url + path, data=b"", timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def leave_a_dead_one(url: str) -> int:
    """
    What a release before has left: one that was stopped. Return how long the history is then.
    """
    post(url, f"/fleet/{post(url, '/fleet/start/v1')['name']}/stop")
    return len(look(url, "/fleet/history"))


def settled(instance: dict[str, Any]) -> bool:
    return instance["listens"] or not instance["running"]


def called(seed: int) -> dict[str, str]:
    """
    What each version is called in this check: a number, which says nothing of it.
    """
    numbers = random.Random(seed).sample(range(10, 100), len(VERSIONS))
    return {version: f"v{number}" for version, number in zip(VERSIONS, numbers, strict=True)}


def release(folder: Path, who: str, version: str, seed: int) -> Found:
    """
    Run the controller with a version, while customers come.
    """
    name, own = f"{version}, {who}", called(seed)[version]
    shutil.copy(folder / f"{version}.py", folder / f"{own}.py")
    seconds = IMPATIENT if version == "v2_never_ready" else PATIENT
    with start(
        "python fleet.py {port}", ready="/fleet", name=f"fleet of {name}", cwd=folder
    ) as fleet:
        earlier = leave_a_dead_one(fleet.url)
        env = {
            "FLEET": f"127.0.0.1:{fleet.port}",
            "READY_SECONDS": str(seconds * patience()),
        }
        with traffic(f"{fleet.url}/shop", rate=RATE, timeout=GIVES_UP) as load:
            load.wait(10)
            load.mark("the release")
            command = f"python rolling.py {own}"
            controller = start(command, ready=None, name=name, cwd=folder, env=env)
            ended = ends(controller, within=SECONDS)
            load.mark("its end")
            if version != HANGS:  # of which nothing more is asked
                load.wait(40)  # long enough to see those who become ready later
        # What was just started is alive, though it may not live: wait until that is known.
        wait_until(
            lambda: all(i["listens"] or not i["running"] for i in look(fleet.url, "/fleet")), 15
        )
        state = look(fleet.url, "/fleet")
        history = look(fleet.url, "/fleet/history")[earlier:]
    return Found(
        code=controller.returncode if ended else None,
        history=history,
        serving=sorted(
            version if one["version"] == own else one["version"]
            for one in state
            if one["in_rotation"] and one["running"]
        ),
        alive=sum(one["running"] for one in state),
        requests=len(load.samples),
        lost=len(load.samples) - load.count("ok"),
        load=load,
        controller=controller,
    )


Releases = dict[str, Found]


def diagnose(found: Releases) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    good = found[GOOD]
    if len(good.serving) > SIZE:
        return Hint(
            "counts-the-dead",
            f"In the end {len(good.serving)} instances of the new version served, in the place "
            f"of {SIZE}. The fleet also named one that had been stopped before: what did you "
            "take it for?",
        )
    hint = diagnose_the_way(good) or diagnose_bad_ones(found) or diagnose_the_end(found)
    if hint:
        return hint
    if good.code != 0 or good.serving != [GOOD] * SIZE:
        return Hint(
            "does-not-arrive",
            f"With a good version the exit code was {good.code}, and in the end these served: "
            f"{', '.join(good.serving) or 'none'}. Which step did not come to its end?",
        )
    lost = {version: found[version].lost for version in (GOOD, *SILENT)}
    if any(lost.values()):
        return Hint(
            "loses-requests",
            f"Requests lost, by version: {lost}. Which instance had them?",
        )
    return None


def diagnose_the_way(good: Found) -> Hint | None:
    """
    Of the steps by which a good version comes.
    """
    if good.fewest < (SIZE - 1 if good.added_too_early else SIZE):
        return Hint(
            "stops-first",
            f"At one moment {good.fewest} instances served, of {SIZE}. Which step must an old "
            "instance wait for?",
        )
    if good.added_too_early:
        return Hint(
            "adds-before-ready",
            f"{good.added_too_early} instances got requests before they were ready, and "
            f"{good.lost} requests were lost. How does an instance tell that it can answer?",
        )
    if good.stopped_in_rotation:
        return Hint(
            "stops-before-removing",
            f"{good.stopped_in_rotation} instances were stopped while the proxy still sent "
            f"them requests, and {good.lost} were lost. Who must know first that an instance "
            "goes?",
        )
    if good.stopped_in_flight:
        return Hint(
            "does-not-drain",
            f"{good.stopped_in_flight} requests were in flight in instances that were "
            "stopped. They get no new ones, but when have they answered the last?",
        )
    if good.most > MOST:
        return Hint(
            "too-many-at-once",
            f"{good.most} instances ran at once. Who pays for them, and what is the way of a "
            "rolling release?",
        )
    return None


def diagnose_bad_ones(found: Releases) -> Hint | None:
    """
    Of versions that must not come.
    """
    if found["v2_never_ready"].added_too_early:
        return Hint(
            "trusts-the-clock",
            "An instance that is never ready got requests all the same. What did you wait for "
            "before you added it?",
        )
    errs = found["v2_errs"]
    if not errs.is_back and errs.code == 0:
        return Hint(
            "does-not-look",
            f"Half of the new version's answers were errors, in the end these served: "
            f"{', '.join(errs.serving)}, and the exit code was 0. What does the proxy know of "
            "an instance, beside that it is ready?",
        )
    if errs.at_once > 1:
        return Hint(
            "looks-too-late",
            f"{errs.at_once} instances that err served at once, before you took them back. "
            "When could it be seen of the first one?",
        )
    if endless := [v for v, release in found.items() if release.requests and not release.ended]:
        return Hint(
            "waits-for-ever",
            f"With {endless[0]} the controller did not end within {SECONDS} s. What does it "
            "wait for, and what if that never comes?",
        )
    hangs = found[HANGS]
    if not hangs.is_back and hangs.code == 0:
        return Hint(
            "believes-the-silent",
            f"The new version took requests and answered none, in the end these served: "
            f"{', '.join(hangs.serving)}, and the exit code was 0. What is an instance worth "
            "that has no errors, since it has no answers?",
        )
    return None


def diagnose_the_end(found: Releases) -> Hint | None:
    """
    Of how the fleet is left after a bad version.
    """
    for version in BAD:
        release = found[version]
        if not release.is_back:
            return Hint(
                "does-not-go-back",
                f"After {version} these served: {', '.join(release.serving) or 'none'}. What "
                "had been replaced before it went wrong?",
            )
        if release.fewest < SIZE:
            return Hint(
                "goes-back-in-a-hurry",
                f"On the way back from {version}, {release.fewest} instances served at one "
                f"moment, of {SIZE}. What holds for the way there holds for the way back: in "
                "which order?",
            )
        if release.stopped_in_flight:
            return Hint(
                "gives-up-early",
                f"With {version}, {release.stopped_in_flight} requests were in flight in an "
                "instance that was stopped, and had had less than five seconds. Who says that "
                "they would not have been answered?",
            )
        if release.alive != SIZE:
            return Hint(
                "leaves-it-running",
                f"After {version}, {release.alive} instances run, and {SIZE} of them serve. "
                "What became of the one that was not wanted?",
            )
        if release.code == 0:
            return Hint(
                "says-it-went-well",
                f"{version} was taken back, and the exit code was 0. What does a pipeline "
                "make of that?",
            )
    return None


def show(who: str, good: Found) -> None:
    """
    Keep it for the plot: the runs in one order, whichever ends first.
    """
    if good.controller:
        record(who, good.load, good.controller)


@pytest.fixture(scope="module")
def together() -> Iterator[ThreadPoolExecutor]:
    """
    What runs side by side: four, or two where the machine is slow.
    """
    pool = ThreadPoolExecutor(max(2, at_once(4)))  # one by one would take too long for a test
    yield pool
    pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def found_untouched(together: ThreadPoolExecutor, untouched: Path, seed: int) -> Future[Found]:
    return together.submit(release, untouched, "untouched", GOOD, seed)


@pytest.fixture(scope="module")
def begun(together: ThreadPoolExecutor, attempt: Path, seed: int) -> list[Future[Found]]:
    """
    All releases, until one does not end.
    """
    hangs = Event()

    def found(version: str) -> Found:
        if hangs.is_set():
            return Found()
        seen = release(attempt, "yours", version, seed)
        if seen.code is None:
            hangs.set()
        return seen

    return [together.submit(found, version) for version in VERSIONS]


@pytest.mark.control
@pytest.mark.usefixtures("found_untouched", "begun")  # in this order
def test_control(found_untouched: Future[Found]) -> None:
    """The untouched controller loses requests with a good version."""
    seen = found_untouched.result()
    show("untouched", seen)
    expect(
        seen.lost >= 3 and seen.fewest < SIZE,
        done="a good version was brought, while customers came",
        expected=f"requests lost, fewer than {SIZE} instances serving at a moment",
        seen=f"{measured(seen.lost)} lost, {seen.fewest} serving",
    )


@pytest.fixture(scope="module")
def found(begun: list[Future[Found]]) -> Releases:
    found = {v: one.result() for v, one in zip(VERSIONS, begun, strict=True)}
    show("yours", found[GOOD])
    return found


def code(found: Found) -> str:
    if not found.requests:
        return "not tried, since one before it did not end"
    return "did not end" if found.code is None else f"exit code {found.code}"


def test_a_good_version_comes(found: Releases) -> None:
    """A good version comes, and no request is lost."""
    good = found[GOOD]
    expect(
        good.code == 0 and good.serving == [GOOD] * SIZE and not good.lost,
        done="a good version was brought, while customers came",
        expected="exit code 0, three of v2 serve, 0 requests lost",
        seen=f"{code(good)}, {', '.join(good.serving) or 'none'} serve, "
        f"{measured(good.lost)} lost",
        hint=diagnose(found),
    )


def test_capacity(found: Releases) -> None:
    """At every moment at least three serve, and at most four run."""
    fewest = min(release.fewest for release in found.values())
    most = max(release.most for release in found.values())
    expect(
        fewest >= SIZE and most <= MOST,
        done="all releases, the good one and the bad ones",
        expected=f"at least {SIZE} serve, at most {MOST} run",
        seen=f"at least {measured(fewest)}, at most {measured(most)}",
        hint=diagnose(found),
    )


def test_in_order(found: Releases) -> None:
    """An instance gets requests when it is ready, and is stopped when none is in flight."""
    early = sum(release.added_too_early for release in found.values())
    late = sum(release.stopped_in_rotation for release in found.values())
    in_flight = sum(release.stopped_in_flight for release in found.values())
    expect(
        not early and not late and not in_flight,
        done="all releases, the good one and the bad ones",
        expected="0 added before they were ready, 0 stopped in rotation, 0 requests in flight",
        seen=f"{measured(early)} added, {measured(late)} stopped, "
        f"{measured(in_flight)} requests",
        hint=diagnose(found),
    )


@pytest.mark.parametrize("version", BAD)
def test_a_bad_version_does_not(found: Releases, version: str) -> None:
    """A bad version is taken back: three of v1 serve, nothing else runs, exit code not 0."""
    release = found[version]
    harmless = not release.lost or version not in SILENT
    expect(
        release.code not in (0, None)
        and release.is_back
        and release.alive == SIZE
        and release.at_once <= 1
        and harmless,
        done=f"the version of {version}.py was brought",
        expected="three of v1 serve, no more run, not exit code 0"
        + ("; 0 requests lost" if version in SILENT else "; at most one of it at a time"),
        seen=f"{', '.join(release.serving) or 'none'} serve, {release.alive} run, "
        f"{code(release)}; "
        + (
            f"{measured(release.lost)} lost"
            if version in SILENT
            else f"{release.at_once} at a time"
        ),
        hint=diagnose(found),
    )
