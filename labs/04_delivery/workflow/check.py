"""
The workflow is read by three readers, and run: with good tests, bad tests, and a bad rollout.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from stand_ins import pipeline, workflow_runner
from workbench import scratch
from workbench.checks import Hint, expect

POLICY = Path(__file__).parents[3] / "chapters/04_delivery/4.1_pipeline/policy.py"
# Each notes in $CALLS how it was called, and fails if $FAILS names it.
STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$(basename "$0") $*" in $FAILS*) exit 1 ;; esac
"""
PROGRAMS = ("pip", "pytest", "kubectl")
NOTHING = "runs:\n  using: composite\n  steps: []\n"
NOBODY = "nobody"  # a name that no command begins with


class Pushed(NamedTuple):
    """
    What a push has done: how each job ended, and what kubectl was asked for.
    """

    jobs: dict[str, str]
    kubectl: list[str]

    @property
    def green(self) -> bool:
        return set(self.jobs.values()) == {"success"}

    def asked(self, command: str) -> bool:
        return any(call.startswith(command) for call in self.kubectl)


class Seen(NamedTuple):
    """
    What the three readers say, and what three pushes have done; none, if it is no workflow.
    """

    schema: str
    security: list[str]
    silenced: bool
    policy: list[str]
    good: Pushed
    bad_tests: Pushed
    bad_rollout: Pushed


def tool(*command: str) -> tuple[int, str]:
    program = shutil.which(command[0], path=f"{sys.prefix}/bin") or command[0]
    done = subprocess.run(
        [program, *command[1:]], check=False, capture_output=True, text=True, timeout=30
    )
    return done.returncode, done.stdout


def push(workflow: Path, name: str, *, fails: str) -> Pushed:
    """
    Run the workflow as a push would; the program whose command begins with `fails` fails.
    """
    folder = scratch(f"check-workflow-{name}")
    for part in ("bin", "jobs", "repository"):
        (folder / part).mkdir()
    for program in PROGRAMS:
        (folder / "bin" / program).write_text(STAND_IN, encoding="utf-8")
        (folder / "bin" / program).chmod(0o755)
    actions = shutil.copytree(pipeline.ACTIONS, folder / "actions")
    (actions / "setup-python" / "action.yml").write_text(NOTHING, encoding="utf-8")
    calls = folder / "calls"
    calls.touch()
    pipeline.git(folder / "repository", "init", "--quiet")
    pipeline.commit(folder / "repository", "one", {})
    outcome = workflow_runner.run(
        folder / "repository",
        workflow,
        event={"head_commit": {"message": "one"}},
        actions=actions,
        folder=folder / "jobs",
        env={
            "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
            "CALLS": str(calls),
            "FAILS": fails,
        },
    )
    asked = [line for line in calls.read_text().splitlines() if line.startswith("kubectl")]
    return Pushed(outcome.jobs, [call.removeprefix("kubectl ") for call in asked])


def look_at(workflow: Path) -> Seen:
    """
    Ask the three readers, and push three times.
    """
    schema = ("check-jsonschema", "--builtin-schema", "vendor.github-workflows")
    code, said = tool(*schema, str(workflow))
    none = Pushed({}, [])
    if code:
        return Seen(said.strip().splitlines()[-1], [], False, [], none, none, none)
    _, said = tool(
        "zizmor", "--offline", "--pedantic", "--format=json", "--quiet", str(workflow)
    )
    failed, violations = tool("python", str(POLICY), str(workflow))
    assert bool(failed) == bool(violations), "our policy could not read it"
    text = workflow.read_text(encoding="utf-8")
    return Seen(
        "",
        sorted({found["ident"] for found in json.loads(said)}),
        "zizmor:" in text,
        violations.splitlines(),
        push(workflow, "good", fails=NOBODY),
        push(workflow, "bad-tests", fails="pytest"),
        push(workflow, "bad-rollout", fails="kubectl rollout status"),
    )


def explanations(seen: Seen) -> Iterator[Hint]:
    """
    All that explain what was seen, from what is done to how it is written.
    """
    if seen.schema:
        yield Hint("no-workflow", f"The schema refuses it: {seen.schema}")
    if not seen.good.asked("set image"):
        yield Hint(
            "deploys-nothing",
            f"With good tests the jobs ended so: {seen.good.jobs}, and kubectl was never asked "
            "to set an image. Which line was to do it?",
        )
    if seen.bad_tests.kubectl:
        yield Hint(
            "deploys-what-failed",
            f"The tests failed, the jobs ended so: {seen.bad_tests.jobs}, and kubectl was "
            f"asked `{seen.bad_tests.kubectl[0]}`. What does the deploy wait for?",
        )
    if not seen.good.asked("rollout status"):
        yield Hint(
            "waits-for-nobody",
            "kubectl set the image and was not asked again. What does its exit code 0 say of "
            "the new processes?",
        )
    if seen.bad_rollout.green:
        yield Hint(
            "green-when-it-fails",
            "The rollout failed, and all jobs were green. What is the exit code of `a || b`?",
        )
    if not seen.bad_rollout.asked("rollout undo"):
        yield Hint(
            "not-undone",
            "The rollout failed, the job was red, and nothing was undone. What runs in "
            "production now?",
        )
    if not any("@sha256:" in call for call in seen.good.kubectl):
        yield Hint(
            "by-tag",
            f"What was deployed: `{seen.good.kubectl[0]}`. Will all nodes find the same image "
            "under this name?",
        )
    if seen.silenced:
        yield Hint(
            "silenced",
            "A comment tells zizmor to look away. Who reads the workflow for you then?",
        )
    if seen.security:
        yield Hint(
            "security",
            f"zizmor finds {', '.join(seen.security)}. What could somebody do with each?",
        )
    yield Hint("policy", f"Our policy says: {'; '.join(seen.policy)}. What is missing there?")


def diagnose(seen: Seen) -> Hint:
    return next(explanations(seen))


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """The untouched workflow is green and deploys nothing."""
    good = push(untouched / "deploy.yml", "untouched", fails=NOBODY)

    expect(
        good.green and not good.kubectl,
        done="a push with good tests",
        expected="all jobs green, and kubectl not called",
        seen=f"{good.jobs}, {len(good.kubectl)} calls",
    )


@pytest.fixture(scope="module")
def seen(attempt: Path) -> Seen:
    return look_at(attempt / "deploy.yml")


def test_deploys(seen: Seen) -> None:
    """A push with good tests deploys what was built, by its digest, and waits for it."""
    by_digest = any(c.startswith("set image") and "@sha256:" in c for c in seen.good.kubectl)
    expect(
        seen.good.green and by_digest and seen.good.asked("rollout status"),
        done="a push with good tests",
        expected="green jobs; kubectl set image …@sha256:…, kubectl rollout status",
        seen="; ".join(seen.good.kubectl) or seen.schema or "kubectl not called",
        hint=diagnose(seen),
    )


def test_failed_tests(seen: Seen) -> None:
    """A push whose tests fail deploys nothing, and is red."""
    expect(
        not seen.bad_tests.kubectl and "failure" in seen.bad_tests.jobs.values(),
        done="a push with tests that fail",
        expected="a red job, and kubectl not called",
        seen=f"{seen.bad_tests.jobs or seen.schema}, {len(seen.bad_tests.kubectl)} calls",
        hint=diagnose(seen),
    )


def test_failed_rollout(seen: Seen) -> None:
    """A rollout that fails is undone, and the job is red."""
    expect(
        "failure" in seen.bad_rollout.jobs.values() and seen.bad_rollout.asked("rollout undo"),
        done="a push with good tests, and a rollout that fails",
        expected="a red job; kubectl rollout undo",
        seen=f"{seen.bad_rollout.jobs or seen.schema}; {'; '.join(seen.bad_rollout.kubectl)}",
        hint=diagnose(seen),
    )


def test_readers(seen: Seen) -> None:
    """Schema, zizmor and policy have nothing to say, and nothing is silenced."""
    said = [seen.schema, *seen.security, *seen.policy]
    said += ["zizmor is silenced"] if seen.silenced else []
    expect(
        not any(said),
        done="check-jsonschema, zizmor --pedantic and our policy have read it",
        expected="nothing to say",
        seen="; ".join(filter(None, said)) or "nothing",
        hint=diagnose(seen),
    )
