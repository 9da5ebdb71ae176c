"""
The workflow is read by three readers, and run: with good tests, bad tests, and a bad rollout;
and for each other event that it says it is for.

    .venv/bin/python labs/04_delivery/workflow/check.py WORKFLOW good

runs a workflow once, by hand; and with bad-tests, bad-rollout, pull-request or tag instead of
good.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from stand_ins import pipeline
from stand_ins.workflow_expressions import Tree
from stand_ins.workflow_runner import Outcome, as_list, event_name, read
from workbench import scratch
from workbench.checks import Hint, at_once, expect, patience
from workbench.errors import CannotJudge, StillRunning

POLICY = Path(__file__).parents[3] / "chapters/04_delivery/4.1_pipeline/policy.py"
# Tests fail with a 2, as where a file of them can't be imported: a 1 is what all think of.
# Each notes in $CALLS how it was called, and fails if what $FAILS says stands in it.
# What becomes of a rollout, kubectl says of the last change: one that was undone is through.
# To who does not wait for the end it answers 0, as the real one does.
STAND_IN = """#!/bin/sh
called="$(basename "$0") $*"
last=$(grep -E "^kubectl .*(set image|rollout undo)" "$CALLS" | tail -n 1)
echo "$called" >> "$CALLS"
if echo "$called " | grep -Eq 'rollout status.* --timeout[= ][0-9]*[1-9][0-9]* '; then
    echo 'error: invalid argument for "--timeout" flag: time: missing unit in duration' >&2
    exit 1
fi
case "$called:$FAILS" in
*"rollout status"*:"rollout status")
    case "$called:$last" in
    *:*"set image"*) ;;
    *) echo 'deployment "myapp" successfully rolled out'; exit 0 ;;
    esac
    case "$called " in
    *" --watch="[0fF]*|*" -w="[0fF]*)
        echo 'Waiting for deployment "myapp" rollout to finish: 1 out of 3 are new'; exit 0 ;;
    esac
    echo 'error: timed out waiting for the condition' >&2; exit 1 ;;
*"rollout status"*) echo 'deployment "myapp" successfully rolled out' ;;
pytest*:pytest) exit 2 ;;
*:*) case "$called" in *"$FAILS"*) exit 1 ;; esac ;;
esac
"""
PROGRAMS = ("pip", "pytest", "kubectl")
FAILS = {"good": "nobody", "bad-tests": "pytest", "bad-rollout": "rollout status"}
READ_SECONDS, PUSH_SECONDS = 15, 12  # that one reader, and one push, may take
MAIN = "main"
OTHERS = ("a-branch", "main-next", "next/main")
TAG: Tree = {"ref": "refs/tags/v2.0.1"}
OF_IT: Tree = {"number": 1, "head": {"ref": OTHERS[0]}, "base": {"ref": MAIN}, "merged": False}
PULL_REQUEST: Tree = {"action": "synchronize", "number": 1, "pull_request": OF_IT}
MERGED: Tree = {"action": "closed", "number": 1, "pull_request": OF_IT | {"merged": True}}
BY_HAND = {"pull-request": PULL_REQUEST, "tag": TAG}
MESSAGE = "docs, and the page of which they speak"  # of a push's last commit
NO_UNIT = re.compile(r"--timeout[= ](\d*[1-9]\d*)(?: |$)")
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
WITH_A_VALUE = ("-n", "--namespace", "--context", "--kubeconfig")  # before kubectl's verb


class Pushed(NamedTuple):
    """
    What a push has done: how each job ended, and what kubectl was asked for.
    """

    jobs: dict[str, str]  # none, if it was still running when its time was over
    kubectl: list[str]
    did_nothing: list[str]  # actions that have no stand-in
    built: list[str]  # the names under which images were pushed: "ghcr.io/you/myapp"

    def __str__(self) -> str:
        jobs = ", ".join(f"{name} {ended}" for name, ended in self.jobs.items())
        return "; ".join([jobs or "it never ended", *self.kubectl])

    @property
    def green(self) -> bool:
        return "success" in self.jobs.values() and not self.red

    @property
    def red(self) -> bool:
        return "failure" in self.jobs.values()

    def asked(self, command: str) -> str:
        """
        The first call of kubectl for this; nothing, if there was none.
        """
        return next((call for call in self.kubectl if verb(call).startswith(command)), "")

    def after(self, command: str, then: str) -> list[str]:
        """
        The calls of kubectl for `then` that came after the first for `command`.
        """
        verbs = [verb(call) for call in self.kubectl]
        firsts = [n for n, asked in enumerate(verbs) if asked.startswith(command)]
        later = verbs[firsts[0] :] if firsts else []
        return [asked for asked in later if asked.startswith(then)]

    @property
    def waited(self) -> list[str]:
        """
        How kubectl was asked what became of the image that it had set.
        """
        return self.after("set image", "rollout status")

    @property
    def image(self) -> str:
        """
        What was deployed: "ghcr.io/you/myapp@sha256:…".
        """
        return self.asked("set image").rpartition("=")[2]

    @property
    def digest(self) -> str:
        """
        Of what was deployed; nothing, if what stands there is none.
        """
        _, _, digest = self.image.partition("@")
        return digest if re.fullmatch(r"sha256:[0-9a-f]{64}", digest) else ""

    @property
    def deploys_what_was_built(self) -> bool:
        return bool(self.digest) and self.image.partition("@")[0] in self.built

    @property
    def refused(self) -> str:
        """
        How kubectl was asked to wait, if it was a time that it does not take.
        """
        return next((asked for asked in self.waited if NO_UNIT.search(asked)), "")

    @property
    def seconds(self) -> float:
        """
        For how long kubectl was told to wait for the rollout; 0 if it was told nothing.
        """
        said = [re.search(r"--timeout[= ](\S+)", asked) for asked in self.waited]
        times = [re.findall(r"([\d.]+)(h|ms|m|s)", found[1]) for found in said if found]
        return max((sum(float(n) * UNITS[u] for n, u in each) for each in times), default=0)

    @property
    def half_undone(self) -> bool:
        """
        Whether a revision with the new image is left below the one that was undone.
        """
        asked = [verb(call) for call in self.kubectl]
        undone = [call for call in asked if call.startswith("rollout undo")]
        changes = [call for call in asked if call.startswith(("set ", "rollout restart"))]
        there = any("--to-revision" in call for call in undone)
        return bool(undone) and not there and len(changes) > len(undone)


def verb(call: str) -> str:
    """
    What kubectl was asked to do, without what may stand before it: `-n production`.
    """
    words = call.split()
    while words and words[0].startswith("-"):
        words = words[2:] if words[0] in WITH_A_VALUE else words[1:]
    return " ".join(words)


class Seen(NamedTuple):
    """
    What the readers say, and what three pushes, and other events, have done; none, if it is no
    workflow.
    """

    refused: str  # by the schema, or by GitHub itself
    security: list[str]
    silenced: bool
    policy: list[str]
    forgiven: list[str]  # jobs that may fail and leave the run green
    minutes: float  # that GitHub gives a job which waits for a rollout
    good: Pushed
    bad_tests: Pushed
    bad_rollout: Pushed
    others: dict[str, Pushed]  # what came of a pull request, or of a push to another branch

    @property
    def pushes(self) -> tuple[Pushed, ...]:
        return self.good, self.bad_tests, self.bad_rollout, *self.others.values()

    @property
    def deployed_by_others(self) -> list[str]:
        return [event for event, pushed in self.others.items() if pushed.kubectl]


def tool(*command: str) -> tuple[int, str]:
    program = shutil.which(command[0], path=f"{sys.prefix}/bin") or command[0]
    done = subprocess.run(
        [program, *command[1:]], check=False, capture_output=True, text=True,
        timeout=READ_SECONDS * patience(),
    )  # fmt: skip
    return done.returncode, done.stdout


def triggers(definition: Tree) -> Tree:
    """
    What the workflow is for: what is said of each event, if anything is.
    """
    # YAML 1.1 makes True of `on`.
    on = next(value for key, value in definition.items() if str(key) in ("on", "True"))
    return on if isinstance(on, dict) else dict.fromkeys(as_list(on))


def other_events(filters: Tree) -> dict[str, Tree]:
    """
    What the workflow is for, beside a push to main.
    """
    found = {}
    if "pull_request" in filters:
        found["pull request"] = PULL_REQUEST
        if "closed" in as_list((filters["pull_request"] or {}).get("types")):
            found["merged pull request"] = MERGED
    if "push" in filters:
        of_push = filters["push"] or {}
        if as_list(of_push.get("branches")) != [MAIN]:
            for branch in OTHERS:
                found[f"push to {branch}"] = {"ref": f"refs/heads/{branch}"}
        if is_for_tags(of_push):
            found["push of a tag"] = TAG
    return found


def is_for_tags(of_push: Tree) -> bool:
    """
    Whether a push of a tag is meant: a filter of branches alone leaves tags out.
    """
    kinds = {name.partition("-")[0] for name in of_push}
    none = set(as_list(of_push.get("tags-ignore"))) & {"*", "**"}
    return ("tags" in kinds or "branches" not in kinds) and not none


def push(
    workflow: Path, name: str, *, fails: str = FAILS["good"], event: Tree | None = None
) -> Pushed:
    """
    Run the workflow as a push would; a program whose command has `fails` in it fails.
    """
    definition = read(workflow)
    if event_name(event or {}) not in triggers(definition):  # the small runner does not ask
        return Pushed(dict.fromkeys(definition["jobs"], "skipped"), [], [], [])
    folder = scratch(f"check-workflow-{re.sub('[ /]', '-', name)}")
    for part in ("bin", "project"):
        (folder / part).mkdir()
    for program in PROGRAMS:
        (folder / "bin" / program).write_text(STAND_IN, encoding="utf-8")
        (folder / "bin" / program).chmod(0o755)
    actions = shutil.copytree(pipeline.ACTIONS, folder / "actions")
    # A Python made by setup-python would have a pip of its own.
    shutil.rmtree(actions / "setup-python")
    shutil.copytree(actions / "does-nothing", actions / "setup-python")
    calls = folder / "calls"
    calls.touch()
    repository = pipeline.new_repository(f"{folder.name}-repo", workflow, folder / "project")
    pipeline.commit(repository, MESSAGE, {})
    env = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "CALLS": str(calls), "FAILS": fails}
    try:
        pushed = pipeline.push(
            repository,
            event=event,
            env=env,
            actions=actions,
            timeout=PUSH_SECONDS * patience(),
        )
    except StillRunning:
        pushed = Outcome()
    except RuntimeError as refused:
        # Where each job is for another event, act has nothing to say, and no error either.
        if not event or '"level":"error"' in str(refused):
            raise
        pushed = Outcome(dict.fromkeys(definition["jobs"], "skipped"))
    asked = [line for line in calls.read_text().splitlines() if line.startswith("kubectl")]
    calls_of_kubectl = [call.removeprefix("kubectl ") for call in asked]
    # So says the stand-in for the action; what has no name, the real one does not push.
    said = [re.fullmatch(r"would push to (\S+) (\S+)", line) for line in pushed.lines]
    built = ["/".join(found.groups()) for found in said if found]
    return Pushed(pushed.jobs, calls_of_kubectl, pushed.did_nothing, built)


def refusal(workflow: Path) -> str:
    """
    Why it is no workflow: the schema's reason, or GitHub's own.

    The schema lets a job without steps through, and GitHub does not:
    https://github.com/actions/languageservices/pull/98
    """
    schema = ("check-jsonschema", "--builtin-schema", "vendor.github-workflows")
    code, said = tool(*schema, str(workflow))
    if code:
        return f"The schema refuses it: {said.strip().splitlines()[-1]}"
    jobs: Tree = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    needs = {name: as_list(job.get("needs")) for name, job in jobs.items()}
    for name, job in jobs.items():
        if not job.get("steps") and "uses" not in job:
            return f"GitHub refuses it: the job {name} has no `steps`."
        if unknown := [need for need in needs[name] if need not in jobs]:
            return f"GitHub refuses it: the job {name} needs {unknown[0]}, and there is none."
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as circle:
        waiting = " that needs ".join(circle.args[1])
        return f"GitHub refuses it: {waiting}."
    return ""


def look_at(workflow: Path) -> Seen:
    """
    Ask the three readers, push three times, and let all else happen that it is for.
    """
    if refused := refusal(workflow):
        none = Pushed({}, [], [], [])
        return Seen(refused, [], False, [], [], 0, none, none, none, {})
    definition = read(workflow)  # if it can be run here
    _, said = tool(
        "zizmor", "--offline", "--pedantic", "--format=json", "--quiet", str(workflow)
    )
    failed, violations = tool("python", str(POLICY), str(workflow))
    if failed and not violations:
        raise CannotJudge(
            "Our policy, policy.py, cannot read it: run it yourself, and see why."
        )
    text = workflow.read_text(encoding="utf-8")
    jobs = definition["jobs"].items()
    forgiven = [name for name, job in jobs if job.get("continue-on-error", False) is not False]
    events = other_events(triggers(definition))
    with ThreadPoolExecutor(at_once(3)) as pool:
        pushes = pool.map(lambda name: push(workflow, name, fails=FAILS[name]), FAILS)
        others = pool.map(lambda name: push(workflow, name, event=events[name]), events)
        good, bad_tests, bad_rollout = pushes
        came = dict(zip(events, others, strict=True))
    if knows_no_tags(text) and "push of a tag" in came and came["push of a tag"].kubectl:
        raise CannotJudge(
            "It asks for `ref_type`, and the small runner calls a tag a branch.\n"
            "Ask for the `ref`, which it knows, or have `act` installed."
        )
    return Seen(
        "",
        sorted({found["ident"] for found in json.loads(said)}),
        "zizmor:" in text,
        violations.splitlines(),
        forgiven,
        minutes(definition["jobs"]),
        good,
        bad_tests,
        bad_rollout,
        came,
    )


def minutes(jobs: Tree) -> float:
    """
    For how long the shortest of the jobs may run that wait for a rollout.
    """
    waits = [
        job.get("timeout-minutes", 360)
        for job in jobs.values()
        if any("rollout status" in str(step.get("run")) for step in job.get("steps", []))
    ]
    return min((float(most) for most in waits if isinstance(most, int | float)), default=360)


def knows_no_tags(text: str) -> bool:
    """
    Whether the workflow asks the small runner for what it does not know of a tag.
    """
    return pipeline.ACT is None and "ref_type" in text.lower()


def explanations(seen: Seen) -> Iterator[Hint]:
    """
    All that explain what was seen, from what is done to how it is written.
    """
    if seen.refused:
        yield Hint("no-workflow", seen.refused)
        return
    if endless := [push for push in seen.pushes if not push.jobs]:
        last = (endless[-1].kubectl or ["nothing"])[-1]
        yield Hint(
            "never-ends",
            f"A push was not over after {PUSH_SECONDS} seconds; the last that kubectl was "
            f"asked is `{last}`. What ends that, if it never succeeds?",
        )
    if not seen.good.asked("set image"):
        yield Hint(
            "deploys-nothing",
            f"With good tests the push went so: {seen.good}; kubectl was never asked to set an "
            "image. Which line was to do it?",
        )
    yield from what_should_not_deploy(seen)
    if seen.good.asked("set image") and not seen.good.waited:
        yield Hint(
            "waits-for-nobody",
            "kubectl set the image and was not asked again what became of it. What does its "
            "exit code 0 say of the new processes?",
        )
    if seen.good.refused:
        yield Hint(
            "no-unit",
            f"kubectl was asked `{seen.good.refused}` and refused it, as it does of a time "
            "without a unit; so a good version was not waited for. How many of what is that?",
        )
    if seen.good.red:
        yield Hint(
            "red-when-it-succeeds",
            f"Nothing failed, and a job is red: {seen.good}. With which exit code "
            "does your last step end, if the rollout succeeds?",
        )
    yield from what_a_bad_rollout_does(seen)
    yield from how_it_is_written(seen)


def what_a_bad_rollout_does(seen: Seen) -> Iterator[Hint]:
    if seen.bad_rollout.green:
        yield green_when_it_fails(seen.bad_rollout)
    if seen.bad_rollout.red and not seen.bad_rollout.asked("rollout undo"):
        yield Hint(
            "not-undone",
            "The rollout failed, a job was red, and nothing was undone. What runs in "
            "production now?",
        )
    if seen.bad_rollout.half_undone:
        yield Hint(
            "half-undone",
            f"The rollout failed, and went so: {seen.bad_rollout}. How many revisions has the "
            "deployment then, and which image is in the one before the last?",
        )
    if 60 * seen.minutes <= seen.good.seconds:
        yield Hint(
            "ended-before",
            f"kubectl may wait for {seen.good.seconds:g} s, and GitHub ends the job after "
            f"{60 * seen.minutes:g} s. Which of the two comes first if a rollout is stuck, and "
            "which of your lines runs then?",
        )


def green_when_it_fails(bad: Pushed) -> Hint:
    if again := bad.after("rollout undo", "rollout status"):
        return Hint(
            "asks-again",
            f"The rollout failed and was undone, then kubectl was asked `{again[0]}`, which "
            "succeeded, and all jobs were green. Of which version does that speak?",
        )
    if bad.waited and not bad.asked("rollout undo"):
        return Hint(
            "looks-once",
            f"kubectl was asked `{bad.waited[-1]}`, while the rollout was stuck. Nothing was "
            "undone, and all jobs were green: with which exit code did that end, and when?",
        )
    return Hint(
        "green-when-it-fails",
        "The rollout failed, and all jobs were green. What is the exit code of `a || b`?",
    )


def what_should_not_deploy(seen: Seen) -> Iterator[Hint]:
    if seen.forgiven:
        yield Hint(
            "forgiven",
            f"`continue-on-error` stands at the job {seen.forgiven[0]}. What do the jobs that "
            "need it see of its failure, and of which colour is the run?",
        )
    if seen.deployed_by_others == ["merged pull request"]:
        yield Hint(
            "merged-deploys",
            f"A merged pull request has deployed: {seen.others['merged pull request']}. What "
            "does the push do that comes of a merge, and into which branches may one go?",
        )
    elif seen.deployed_by_others:
        yield Hint(
            "anybody-deploys",
            f"A {seen.deployed_by_others[0]} has deployed: "
            f"{seen.others[seen.deployed_by_others[0]]}. Who may make one, and what has been "
            "reviewed by then?",
        )
    if seen.bad_tests.kubectl:
        yield Hint(
            "deploys-what-failed",
            f"The tests failed, and the push went so: {seen.bad_tests}. What does the deploy "
            "wait for?",
        )


def how_it_is_written(seen: Seen) -> Iterator[Hint]:
    image = seen.good.image
    if image and "@" not in image:
        yield Hint(
            "by-tag",
            f"What was deployed: `{image}`. Will all nodes find the same image under this "
            "name?",
        )
    if "@" in image and not seen.good.digest:
        yield Hint(
            "not-a-digest",
            f"What was deployed: `{image}`. What stands behind the @ is no digest: which step "
            "has one as its output, what does that look like, and how is it handed on?",
        )
    if seen.good.digest and seen.good.built and not seen.good.deploys_what_was_built:
        yield Hint(
            "another-image",
            f"What was deployed: `{image}`; what was pushed went to "
            f"{' and '.join(seen.good.built)}. Where will a node look for that digest?",
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
    if seen.policy:
        yield Hint(
            "policy", f"Our policy says: {'; '.join(seen.policy)}. What is missing there?"
        )


def diagnose(seen: Seen) -> Hint | None:
    return next(explanations(seen), None)


def after_a_push(pushed: Pushed, what: str) -> str:
    """
    What was done, and which actions of the workflow did nothing in it.
    """
    nothing = ", ".join(pushed.did_nothing)
    return f"a push with {what}" + (f" ({nothing} has no stand-in here)" if nothing else "")


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """The untouched workflow is green when a rollout fails."""
    bad = push(untouched / "deploy.yml", "untouched", fails=FAILS["bad-rollout"])

    expect(
        bad.green and bad.asked("rollout status"),
        done="a push with good tests, and a rollout that fails",
        expected="all jobs green",
        seen=bad,
    )


@pytest.fixture(scope="module")
def seen(attempt: Path) -> Seen:
    return look_at(attempt / "deploy.yml")


def test_deploys(seen: Seen) -> None:
    """A push with good tests deploys what was built, by its digest, and waits for it."""
    expect(
        seen.good.green and seen.good.deploys_what_was_built and seen.good.waited,
        done=after_a_push(seen.good, "good tests"),
        expected="green jobs; kubectl set image, with what was pushed, …@sha256:…; "
        "then kubectl rollout status",
        seen=seen.refused or seen.good,
        hint=diagnose(seen),
    )


def test_failed_tests(seen: Seen) -> None:
    """A push whose tests fail deploys nothing, and is red."""
    expect(
        seen.bad_tests.red and not seen.bad_tests.kubectl,
        done=after_a_push(seen.bad_tests, "tests that fail (pytest ends with 2)"),
        expected="a red job, and kubectl not called",
        seen=seen.refused or seen.bad_tests,
        hint=diagnose(seen),
    )


def test_failed_rollout(seen: Seen) -> None:
    """A rollout that fails is undone, and the job is red."""
    bad = seen.bad_rollout
    expect(
        bad.red and bad.asked("rollout undo") and not bad.half_undone,
        done=after_a_push(seen.bad_rollout, "good tests, and a rollout that fails"),
        expected="a red job; kubectl rollout undo",
        seen=seen.refused or seen.bad_rollout,
        hint=diagnose(seen),
    )


def test_there_is_time_to_undo(seen: Seen) -> None:
    """GitHub does not end the job before kubectl has given up."""
    expect(
        60 * seen.minutes > seen.good.seconds,
        done="`timeout-minutes` of the job that waits was read: no runner here has a clock",
        expected=f"more than the {seen.good.seconds:g} s that kubectl may wait",
        seen=f"{60 * seen.minutes:g} s",
        hint=diagnose(seen),
    )


def test_only_main_deploys(seen: Seen) -> None:
    """Nothing but a push to main deploys."""
    expect(
        not seen.deployed_by_others,
        done=", ".join(f"a {event}" for event in seen.others) or "it is for nothing else",
        expected="kubectl not called",
        seen="; ".join(map(str, seen.others.values())) or "nothing else to run",
        hint=diagnose(seen),
    )


def test_a_failure_is_seen(seen: Seen) -> None:
    """A job that fails makes the run red."""
    expect(
        not seen.forgiven,
        done="each job was read, since no runner here knows its `continue-on-error`",
        expected="it stands at none",
        seen=f"it stands at {', '.join(seen.forgiven)}" if seen.forgiven else "at none",
        hint=diagnose(seen),
    )


def test_readers(seen: Seen) -> None:
    """Schema, zizmor and policy have nothing to say, and nothing is silenced."""
    said = [seen.refused, *seen.security, *seen.policy]
    said += ["zizmor is silenced"] if seen.silenced else []
    expect(
        not any(said),
        done="check-jsonschema, zizmor --pedantic and our policy have read it",
        expected="nothing to say",
        seen="; ".join(filter(None, said)) or "nothing",
        hint=diagnose(seen),
    )


if __name__ == "__main__":
    given, what = Path(sys.argv[1]), sys.argv[2]
    if what in BY_HAND:
        by_hand = push(given, what, event=BY_HAND[what])
    else:
        by_hand = push(given, what, fails=FAILS[what])
    print(*str(by_hand).split("; "), sep="\n")
