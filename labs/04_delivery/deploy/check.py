"""
The script deploys to clusters under load: a good version, the same again, one that crashes,
and one that errs.
"""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import httpx
import pytest

import stand_ins
from workbench import Process, Traffic, scratch, start, traffic, wait_until
from workbench.checks import Hint, at_once, ends, expect, record

VERSIONS = Path(__file__).parents[3] / "chapters/04_delivery/4.2_strategies/versions"
MANIFEST = Path(__file__).parent / "deployment.yaml"
DEPLOYMENT = "/apis/apps/v1/namespaces/default/deployments/myapp"
NAME = "ghcr.io/you/myapp"
RATE = 40  # users a second, in each cluster
AFTER = 12  # of them come next: in less time than a version needs to become ready
SECONDS_TO_END = 20


class Deployed(NamedTuple):
    """
    What a run of the script has left behind; nothing, if a run before it did not end.
    """

    code: int | None = None  # None if it did not end
    tag: str = "nothing"  # of the image that is set when it has ended
    answers: frozenset[str] = frozenset()  # what the next users got: v1, v2, errors
    lost: int = 0  # requests that failed until then
    load: Traffic | None = None
    script: Process | None = None

    def serves(self, version: str) -> bool:
        """
        Whether all users are served by this version when the script has ended.
        """
        return self.answers == {version}

    def __str__(self) -> str:
        if self.script is None:
            return "nothing: a run of your script before this one did not end"
        code = "it did not end" if self.code is None else f"exit code {self.code}"
        return f"{code}; set: {self.tag}; users get {' and '.join(sorted(self.answers))}"


class Cluster(NamedTuple):
    """
    A cluster under load, and where the script works.
    """

    process: Process
    load: Traffic
    shop: str
    home: Path

    def deployment(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{self.process.url}{DEPLOYMENT}", timeout=10).json()
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


class Seen(NamedTuple):
    """
    What four runs have left behind.
    """

    good: Deployed
    again: Deployed
    crashes: Deployed
    errs: Deployed


@contextmanager
def cluster(folder: Path, name: str) -> Iterator[Cluster]:
    home = scratch(f"check-deploy-{name}")
    shutil.copytree(folder, home / "copy")
    command = ["python", "-m", "stand_ins.cluster_api", "{port}", str(MANIFEST)]
    with start(
        shlex.join([*command, str(home / "kubeconfig"), str(VERSIONS)]),
        ready="rolled out",
        name=name,
    ) as process:
        (line,) = process.wait_log("service: ")
        shop = line.text.removeprefix("service: ")
        with traffic(shop, rate=RATE) as load:
            load.wait(RATE // 2)
            yield Cluster(process, load, shop, home)


def run_script(here: Cluster, folder: Path, tag: str) -> tuple[int | None, Process]:
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
    }
    run = ["sh", "-c", 'cd "$0" && exec bash deploy.sh "$1"', str(here.home / "copy")]
    command = shlex.join([*run, f"{NAME}:{tag}"])
    here.load.mark("deploy.sh")
    with start(command, ready=None, name=f"deploy {tag}", cwd=folder, env=env) as script:
        code = script.returncode if ends(script, within=SECONDS_TO_END) else None
    here.load.mark("→ no end" if code is None else f"→ {code}")
    return code, script


def deploy(here: Cluster, folder: Path, tag: str) -> Deployed:
    """
    Run the script once, and look at what it has left behind.
    """
    wait_until(here.is_settled, 6)  # after the run before this one
    code, script = run_script(here, folder, tag)
    end = here.load.marks[-1][0]
    image = here.deployment()["spec"]["template"]["spec"]["containers"][0]["image"]
    wait_until(lambda: sum(s.scheduled > end for s in here.load.samples) >= AFTER, 10)
    samples = here.load.samples
    next_users = [s for s in samples if s.scheduled > end][:AFTER]
    return Deployed(
        code,
        image.rpartition(":")[2],
        frozenset(s.body if s.outcome == "ok" else "errors" for s in next_users),
        sum(s.outcome != "ok" for s in samples if s.scheduled <= end),
        here.load,
        script,
    )


def deploy_each(folder: Path, tags: list[str], hangs: Event) -> list[Deployed]:
    """
    Deploy these tags to one cluster, one after the other until a run hangs, here or elsewhere.
    """
    runs = [Deployed()] * len(tags)
    if hangs.is_set():
        return runs
    with cluster(folder, f"to-{tags[0]}") as here:
        for number, tag in enumerate(tags):
            runs[number] = deploy(here, folder, tag)
            if runs[number].code is None:
                hangs.set()
                break
    return runs


def look_at(folder: Path) -> Seen:
    """
    Three clusters, side by side where the machine carries them.
    """
    runs = [["v2", "v2"], ["v2-crashes"], ["v2-errs"]]
    hangs = Event()
    with ThreadPoolExecutor(at_once(len(runs))) as pool:
        both, crashes, errs = pool.map(lambda tags: deploy_each(folder, tags, hangs), runs)
    seen = Seen(*both, *crashes, *errs)
    names = ("a good version, twice", "one that errs", "one that crashes")
    for name, run in zip(names, (seen.good, seen.errs, seen.crashes), strict=True):
        if run.script:
            record(f"yours, {name}", run.load, run.script)
    return seen


def users_get(run: Deployed) -> str:
    return " and ".join(sorted(run.answers))


def explanations(seen: Seen) -> Iterator[Hint]:
    """
    All that explain what was seen, from cause to symptom.
    """
    for name, run in seen._asdict().items():
        if run.script and run.code is None:
            yield Hint(
                "never-ends",
                f"Of four runs, “{name}” had not ended after {SECONDS_TO_END} s. Which of your "
                "lines waits for something that need not come?",
            )
    if seen.good.code:
        yield Hint(
            "refuses-a-good-version",
            f"v2 is good, and your script ended with {seen.good.code}. How long does a good "
            "rollout take, and what has your script asked of it, and when?",
        )
    if not seen.good.serves("v2"):
        yield Hint(
            "waits-for-nobody",
            f"It deployed a good version and ended with 0; the next users got "
            f"{users_get(seen.good)}. What does the 0 of `kubectl set image` promise?",
        )
    yield from of_bad_versions(seen)
    yield from of_the_same_again(seen.again)
    if seen.good.lost or seen.crashes.lost:
        yield Hint(
            "loses-users",
            f"Requests that failed while your script ran: {seen.good.lost} with the good "
            f"version, {seen.crashes.lost} with the one that crashes. What did it end?",
        )


def of_bad_versions(seen: Seen) -> Iterator[Hint]:
    bad = {"crashes": seen.crashes, "errs": seen.errs}
    for name, run in bad.items():
        if run.code == 0 and run.tag == "v1":
            yield Hint(
                "undone-and-green",
                f"The version that {name} was undone, and your script ended with 0. What is "
                "the exit code of `a || b`?",
            )
    if seen.crashes.code == 0:
        yield Hint(
            "ignores-the-outcome",
            "The version that crashes never came up, and your script ended with 0. Who waited "
            "for it, and what became of the answer?",
        )
    if seen.errs.code == 0:
        yield Hint(
            "believes-ready",
            "All pods of the version that errs were ready, your script ended with 0, and users "
            f"got {users_get(seen.errs)}. What has your script asked, and whom?",
        )
    for name, run in bad.items():
        if run.tag != "v1":
            yield Hint(
                "not-undone",
                f"The version that {name}: exit code {run.code}, and {run.tag} is set still. "
                "What does the cluster go on trying?",
            )
    if not seen.errs.serves("v1"):
        yield Hint(
            "leaves-too-early",
            "The version that errs was undone, and when your script had ended, users still got "
            f"{users_get(seen.errs)}. An undo is a rollout, too: who waits for it?",
        )


def of_the_same_again(run: Deployed) -> Iterator[Hint]:
    if run.tag != "v2" or not run.serves("v2"):
        yield Hint(
            "undoes-too-much",
            f"v2 was set already. After your script, {run.tag} is. What was there to undo?",
        )
    if run.code == 0:
        yield Hint(
            "nothing-rolled-out",
            "v2 was set already, so nothing was rolled out, and your script ended with 0. What "
            "does `kubectl set image` do, and say, then?",
        )


def diagnose(seen: Seen) -> Hint | None:
    return next(explanations(seen), None)


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """The untouched script says 0 of a version that never comes up."""
    (crashes,) = deploy_each(untouched, ["v2-crashes"], Event())
    assert crashes.script, "the untouched script was not run"
    record("untouched, a version that crashes", crashes.load, crashes.script)

    expect(
        crashes.code == 0 and crashes.serves("v1"),
        done="the version that crashes was deployed",
        expected="exit code 0, while all users get v1",
        seen=crashes,
    )


@pytest.fixture(scope="module")
def seen(attempt: Path) -> Seen:
    return look_at(attempt)


def test_good(seen: Seen) -> None:
    """A good version: 0, and all users are served by it."""
    expect(
        seen.good.code == 0 and seen.good.serves("v2") and not seen.good.lost,
        done="v2 was deployed",
        expected="exit code 0; set: v2; users get v2",
        seen=seen.good,
        hint=diagnose(seen),
    )


def test_crashes(seen: Seen) -> None:
    """A version that crashes: not 0, undone, and no user has noticed."""
    run = seen.crashes
    undone = run.tag == "v1" and run.serves("v1")
    expect(
        run.code and undone and not run.lost,
        done="a version that crashes at once was deployed",
        expected="another exit code; set: v1; users get v1",
        seen=run,
        hint=diagnose(seen),
    )


def test_errs(seen: Seen) -> None:
    """A version that comes up and errs: not 0, undone, and v1 serves again."""
    expect(
        seen.errs.code and seen.errs.tag == "v1" and seen.errs.serves("v1"),
        done="a version was deployed of which three pages of ten fail",
        expected="another exit code; set: v1; users get v1",
        seen=seen.errs,
        hint=diagnose(seen),
    )


def test_same_again(seen: Seen) -> None:
    """An image that is set already: not 0, and nothing changes."""
    expect(
        seen.again.code and seen.again.tag == "v2" and seen.again.serves("v2"),
        done="v2 was deployed a second time",
        expected="another exit code; set: v2; users get v2",
        seen=seen.again,
        hint=diagnose(seen),
    )
