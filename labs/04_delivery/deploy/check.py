"""
The script deploys to clusters under load: a good version, the same again, two tags, and one
that is set already and errs; one that crashes, with what the good one has left in its folder;
one that errs, and again; one that is set already and crashes, and then a good one.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import httpx
import pytest

import stand_ins
from workbench import Process, Traffic, scratch, start, traffic, wait_until
from workbench.checks import at_once, ends, expect, explanation, patience, record

HERE = Path(__file__).parent
DEPLOYMENT = "/apis/apps/v1/namespaces/default/deployments/myapp"
NAME = "ghcr.io/you/myapp"
RATE = 40  # users a second, in each cluster
AFTER = 12  # of them come next: in less time than a version needs to become ready
ROLLOUT_SECONDS = 6
SECONDS_TO_END = 20


class Image(NamedTuple):
    """
    What the script is given, and what it is called here.
    """

    reference: str
    called: str
    is_set: bool = False  # by the check, before the script runs
    comes_up: bool = True


class Deployed(NamedTuple):
    """
    What a run of the script has left behind; nothing, if a run before it did not end.
    """

    code: int | None = None  # None if it did not end
    given: str = "nothing"  # the image
    before: str = "nothing"  # the image that was set when it began
    image: str = "nothing"  # … and when it had ended
    moved: bool = False  # whether anything was set meanwhile
    answers: frozenset[str] = frozenset()  # what the next users got: v1, v2, errors
    lost: int = 0  # requests that failed until then
    load: Traffic | None = None
    script: Process | None = None

    def serves(self, version: str) -> bool:
        """
        Whether all users are served by this version when the script has ended.
        """
        return self.answers == {version}

    @property
    def users(self) -> str:
        return " and ".join(sorted(self.answers))

    @property
    def refused(self) -> bool:
        """
        Whether it ended, and not with 0.
        """
        return self.code not in (0, None)

    @property
    def is_back(self) -> bool:
        return self.image == self.before

    def __str__(self) -> str:
        if self.script is None:
            return "nothing: a run of your script before this one did not end"
        code = "it did not end" if self.code is None else f"exit code {self.code}"
        return f"{code}; set: {self.image}; users get {self.users}"


class Cluster(NamedTuple):
    """
    A cluster under load, and where the script works.
    """

    name: str
    load: Traffic
    api: str
    shop: str
    home: Path

    def deployment(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(self.api, timeout=10).json()
        return found

    def is_settled(self) -> bool:
        """
        Whether no rollout is under way.
        """
        found = self.deployment()
        state, wanted = found["status"], found["spec"]["replicas"]
        counts = {state[f"{kind}Replicas"] for kind in ("updated", "available")}
        seen = state["observedGeneration"] == found["metadata"]["generation"]
        return seen and counts == {state["replicas"]} == {wanted}

    def set_image(self, reference: str) -> None:
        containers = [{"name": "myapp", "image": reference}]
        change = {"spec": {"template": {"spec": {"containers": containers}}}}
        kind = {"content-type": "application/strategic-merge-patch+json"}
        httpx.patch(self.api, json=change, headers=kind, timeout=10).raise_for_status()


class Seen(NamedTuple):
    """
    What eleven runs have left behind.
    """

    good: Deployed
    again: Deployed
    by_tag: Deployed
    by_another_tag: Deployed  # which has the digits of a digest
    stuck: Deployed  # its image was set already, and errs
    still_stuck: Deployed
    crashes: Deployed
    errs: Deployed
    stuck_once_more: Deployed
    half_set: Deployed  # its image was set already, and crashes: the old one serves
    mended: Deployed  # a good one, from the folder in which that run has failed

    @property
    def bad(self) -> Mapping[str, Deployed]:
        return {"The version that crashes": self.crashes, "The one that errs": self.errs}

    @property
    def all_stuck(self) -> Sequence[Deployed]:
        return (self.stuck, self.still_stuck, self.stuck_once_more)

    @property
    def endless(self) -> str:
        names = self._asdict().items()
        hangs = (name for name, run in names if run.script and run.code is None)
        return next(hangs, "").replace("_", " ")

    @property
    def taken_back(self) -> str:
        green = (n for n, run in self.bad.items() if run.code == 0 and run.is_back)
        return next(green, "")

    @property
    def left(self) -> str:
        stays = (n for n, run in self.bad.items() if run.refused and run.image == run.given)
        return next(stays, "")

    @property
    def elsewhere(self) -> str:
        """
        Which bad version was replaced, but not by the image that was set before.
        """
        gone = (n for n, run in self.bad.items() if run.refused and run.image != run.given)
        return next((name for name in gone if not self.bad[name].is_back), "")

    @property
    def changed(self) -> str:
        runs = {
            "v2, which is good": self.again,
            "The one that errs": self.stuck,
            "The one that crashes": self.half_set,
        }
        return next((n for n, run in runs.items() if run.script and not run.is_back), "")


def build(seed: int) -> tuple[Path, dict[str, str]]:
    """
    A folder of images, and what their references are called.
    """
    folder = scratch("check-deploy-images")
    called = {f"{NAME}:v1": "v1", f"{NAME}:v2": "the tag v2"}
    command = [sys.executable, str(HERE / "images.py"), str(folder), f"{seed}"]
    lines = subprocess.check_output(command, text=True).splitlines()
    return folder, called | {reference: name for name, reference in map(str.split, lines)}


class Series(NamedTuple):
    """
    What is deployed to a cluster, one after the other.
    """

    to: str
    given: Sequence[Image]
    leaves: Future[Path] | None = None  # the home of the script, as its first run leaves it
    begins_with: Future[Path] | None = None  # … and the one that it runs in, from another

    def furnish(self, home: Path, folder: Path) -> None:
        """
        Put the script into its home.
        """
        if self.begins_with:
            shutil.copytree(self.begins_with.result(60), home, dirs_exist_ok=True)
        else:
            shutil.copytree(folder, home / "copy")

    def hand_on(self, home: Path) -> None:
        """
        Keep for another what the script has left there.
        """
        if self.leaves:
            left = scratch("check-deploy-left")
            ours = shutil.ignore_patterns("kubeconfig")
            shutil.copytree(home, left, ignore=ours, dirs_exist_ok=True)
            self.leaves.set_result(left)


@contextmanager
def cluster(images: Path, name: str) -> Iterator[Cluster]:
    home = scratch(f"check-deploy-{name}")
    command = ["python", "-m", "stand_ins.cluster_api", "{port}", str(HERE / "deployment.yaml")]
    with start(
        shlex.join([*command, str(home / "kubeconfig"), str(images)]),
        ready="rolled out",
        name=f"cluster for {name}",
    ) as process:
        (line,) = process.wait_log("service: ")
        shop = line.text.removeprefix("service: ")
        with traffic(shop, rate=RATE) as load:
            load.wait(RATE // 2)
            yield Cluster(name, load, f"{process.url}{DEPLOYMENT}", shop, home)


def run_script(here: Cluster, folder: Path, image: Image) -> tuple[int | None, Process]:
    """
    Run the script once; return its exit code, or None if it did not end.
    """
    kubectl = shutil.which("kubectl") or stand_ins.FOLDER / "small_kubectl" / "kubectl"
    path = [str(Path(sys.executable).parent), str(Path(kubectl).parent), os.environ["PATH"]]
    env = {
        "PATH": os.pathsep.join(path),
        "HOME": str(here.home),
        "KUBECONFIG": str(here.home / "kubeconfig"),
        "SHOP": here.shop,
        "ROLLOUT_SECONDS": str(round(ROLLOUT_SECONDS * patience())),
    }
    run = ["sh", "-c", 'cd "$0" && exec bash deploy.sh "$1"', str(here.home / "copy")]
    command = shlex.join([*run, image.reference])
    here.load.mark("deploy.sh")
    name = f"deploy {image.called}, {here.name}"  # who starts another of a name, ends the first
    with start(command, ready=None, name=name, cwd=folder, env=env) as script:
        code = script.returncode if ends(script, within=SECONDS_TO_END) else None
    here.load.mark("→ no end" if code is None else f"→ {code}")
    return code, script


def deploy(here: Cluster, folder: Path, image: Image, called: Mapping[str, str]) -> Deployed:
    """
    Run the script once, and look at what it has left behind.
    """

    def look() -> tuple[str, int]:
        found = here.deployment()
        reference = found["spec"]["template"]["spec"]["containers"][0]["image"]
        return called.get(reference, reference), found["metadata"]["generation"]

    if image.is_set:
        here.set_image(image.reference)
        wait_until(lambda: not image.comes_up or here.is_settled(), ROLLOUT_SECONDS)
    before, was = look()
    code, script = run_script(here, folder, image)
    end = here.load.marks[-1][0]
    after, generation = look()
    wait_until(lambda: sum(s.scheduled > end for s in here.load.samples) >= AFTER, 10)
    samples = here.load.samples
    next_users = [s for s in samples if s.scheduled > end][:AFTER]
    return Deployed(
        code,
        called.get(image.reference, image.reference),
        before,
        after,
        generation != was,
        frozenset(s.body if s.outcome == "ok" else "errors" for s in next_users),
        sum(s.outcome != "ok" for s in samples if s.scheduled <= end),
        here.load,
        script,
    )


def deploy_each(
    folder: Path, series: Series, images: tuple[Path, Mapping[str, str]], hangs: Event
) -> list[Deployed]:
    """
    Deploy these to one cluster, one after the other until a run hangs, here or elsewhere.
    """
    runs = [Deployed()] * len(series.given)
    with cluster(images[0], series.to) as here:
        series.furnish(here.home, folder)
        for number, image in enumerate(series.given):
            if hangs.is_set():
                break
            if number and series.given[number - 1].comes_up:  # else it never settles
                wait_until(here.is_settled, 6)
            runs[number] = deploy(here, folder, image, images[1])
            if runs[number].code is None:
                hangs.set()
            if number == 0:
                series.hand_on(here.home)
    return runs


def look_at(folder: Path, seed: int) -> Seen:
    """
    Four clusters, side by side, or two by two where the machine is slow.
    """
    images = build(seed)
    named = {name: reference for reference, name in images[1].items()}
    good, crashes = Image(named["v2"], "v2"), Image(named["v2-crashes"], "one that crashes")
    errs = Image(named["v2-errs"], "one that errs")
    stuck = errs._replace(is_set=True)
    half_set = crashes._replace(called="one that crashes, set", is_set=True, comes_up=False)
    tags = [f"{NAME}:v2", named["v2"].replace("@sha256:", ":sha256-")]
    good_ones = [good, good, *(Image(tag, "a tag") for tag in tags), stuck, stuck]
    left = Future[Path]()  # what the script has noted there is not what is set elsewhere
    every = [  # who asks once sees an error at times; each of four, hardly ever
        Series("good-ones", good_ones, leaves=left),
        Series("one-that-crashes", [crashes], begins_with=left),
        Series("one-that-errs", [errs, stuck]),
        Series("one-that-crashes-and-is-set", [half_set, good]),
    ]
    hangs = Event()
    with ThreadPoolExecutor(max(2, at_once(len(every)))) as pool:  # else it takes too long
        found = pool.map(lambda series: deploy_each(folder, series, images, hangs), every)
        seen = Seen(*(run for each in found for run in each))
    names = ("good ones", "one that errs", "one that crashes")
    for name, run in zip(names, (seen.good, seen.errs, seen.crashes), strict=True):
        if run.script:
            record(f"yours, {name}", run.load, run.script)
    return seen


@explanation
def explain(seen: Seen) -> Iterator[str]:
    if seen.endless:
        yield "never-ends"
    if seen.good.refused:
        yield "refuses-a-good-version"
    if seen.good.code == 0 and not seen.good.serves("v2"):
        yield "waits-for-nobody"
    if seen.good.code == 0 and seen.mended.refused:
        yield "never-again"
    yield from of_bad_versions(seen)
    yield from of_what_is_set(seen)
    if seen.by_tag.code == 0 or seen.by_tag.moved:
        yield "takes-a-tag"
    if seen.by_another_tag.code == 0 or seen.by_another_tag.moved:
        yield "takes-digits-for-a-digest"
    if seen.good.lost or seen.crashes.lost:
        yield "loses-users"


def of_what_is_set(seen: Seen) -> Iterator[str]:
    if seen.changed:
        yield "undoes-too-much"
    if seen.again.before == "v2" and seen.again.refused:
        yield "refuses-what-serves"
    if 0 in (run.code for run in seen.all_stuck):
        yield "trusts-what-is-set"
    if seen.half_set.code == 0:
        yield "asks-the-old-one"


def of_bad_versions(seen: Seen) -> Iterator[str]:
    if seen.taken_back:
        yield "undone-and-green"
    if seen.crashes.code == 0:
        yield "ignores-the-outcome"
    if seen.errs.code == 0:
        yield "believes-ready"
    if seen.left:
        yield "not-undone"
    if seen.elsewhere:
        yield "back-to-another"
    if seen.errs.refused and seen.errs.is_back and not seen.errs.serves("v1"):
        yield "leaves-too-early"


@pytest.mark.control
def test_control(untouched: Path, seed: int) -> None:
    """The untouched script says 0 of a version that never comes up."""
    images = build(seed)
    crash = next(r for r, name in images[1].items() if name == "v2-crashes")
    series = Series("control", [Image(crash, "one that crashes")])
    (crashes,) = deploy_each(untouched, series, images, Event())
    assert crashes.script, "the untouched script was not run"
    record("untouched, one that crashes", crashes.load, crashes.script)

    expect(
        crashes.code == 0 and crashes.serves("v1"),
        done="the version that crashes was deployed",
        expected="exit code 0, while all users get v1",
        seen=crashes,
    )


@pytest.fixture(scope="module")
def seen(attempt: Path, seed: int) -> Seen:
    return look_at(attempt, seed)


def test_good(seen: Seen) -> None:
    """A good version: 0, and all users are served by it."""
    expect(
        seen.good.code == 0 and seen.good.serves("v2") and not seen.good.lost,
        done="v2 was deployed",
        expected="exit code 0; set: v2; users get v2",
        seen=seen.good,
        hint=explain(seen),
    )


def test_crashes(seen: Seen) -> None:
    """A version that crashes: not 0, undone, and no user has noticed."""
    run = seen.crashes
    expect(
        run.refused and run.is_back and run.serves("v1") and not run.lost,
        done="v2 was deployed elsewhere, and from that folder one that crashes to this cluster",
        expected="another exit code; set: v1; users get v1",
        seen=run,
        hint=explain(seen),
    )


def test_errs(seen: Seen) -> None:
    """A version that comes up and errs: not 0, undone, and v1 serves again."""
    run = seen.errs
    expect(
        run.refused and run.is_back and run.serves("v1"),
        done="a version was deployed of which one page of seven fails",
        expected="another exit code; set: v1; users get v1",
        seen=run,
        hint=explain(seen),
    )


def test_same_again(seen: Seen) -> None:
    """An image that is set already and serves: 0, and nothing is set."""
    expect(
        seen.again.code == 0 and not seen.again.moved and seen.again.serves("v2"),
        done="v2 was deployed a second time",
        expected="exit code 0; set: v2; users get v2",
        seen=seen.again,
        hint=explain(seen),
    )


def test_set_already_and_errs(seen: Seen) -> None:
    """An image that is set already and errs: not 0, and nothing is set or undone."""
    expect(
        all(run.refused and not run.moved for run in seen.all_stuck),
        done="an image was deployed, thrice, that is set, and of which one page of seven fails",
        expected="another exit code; set: v2-errs",
        seen="; then ".join(map(str, seen.all_stuck)),
        hint=explain(seen),
    )


def test_set_already_and_crashes(seen: Seen) -> None:
    """An image that is set already and never comes up: not 0, and nothing is set or undone."""
    run = seen.half_set
    expect(
        run.refused and not run.moved,
        done="an image was deployed that is set, and crashes; the one before serves meanwhile",
        expected="another exit code; set: v2-crashes",
        seen=run,
        hint=explain(seen),
    )


def test_good_after_a_bad_one(seen: Seen) -> None:
    """A good version after one that was refused, from the same folder: 0, as ever."""
    expect(
        seen.mended.code == 0 and seen.mended.serves("v2"),
        done="v2 was deployed, after one that was set already and crashes",
        expected="exit code 0; set: v2; users get v2",
        seen=seen.mended,
        hint=explain(seen),
    )


def test_tag(seen: Seen) -> None:
    """A name without a digest: not 0, and nothing is set."""
    runs = (seen.by_tag, seen.by_another_tag)
    expect(
        all(run.refused and not run.moved for run in runs),
        done=f"{NAME}:v2 was deployed, then {NAME}:sha256-…, while v2 was set by its digest",
        expected="another exit code; set: v2",
        seen="; then ".join(map(str, runs)),
        hint=explain(seen),
    )
