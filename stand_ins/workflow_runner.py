"""
Not GitHub's runner: a program that runs the jobs of a workflow here, small enough to be read.

One job comes after the other. No containers, no services, no secrets, no event but a push and a
pull request. An action (`uses:`) is looked up by its name among stand-ins that consist of
steps; checkout is built in, and who has no stand-in does nothing. What the runner does not know
it refuses.
"""

import itertools
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import yaml

from stand_ins.workflow_expressions import Known, Tree, filled, holds, text, unknown
from workbench.errors import CannotJudge, StillRunning

REPOSITORY = "you/myapp"
# As documented; {0} is the script, and who says `shell: something {0}` gets that.
SHELLS: dict[str | None, str] = {
    None: "bash -e {0}",
    "bash": "bash --noprofile --norc -eo pipefail {0}",
    "sh": "sh -e {0}",
    "python": "python {0}",
}
NOBODY = "does-nothing"  # among the stand-ins for actions, the one for all that have none
# What may stand in a workflow, in a job and in a step. Some of it is for GitHub's servers, and
# says nothing here: who may do what, what a job is called, and how long it may take. (YAML 1.1
# makes True of `on`.)
KNOWN = {
    "workflow": "name run-name on True permissions concurrency env defaults jobs",
    "job": "name needs if runs-on permissions concurrency environment outputs env defaults "
    "strategy steps timeout-minutes continue-on-error",
    "strategy": "matrix fail-fast max-parallel",
    "step": "name id if run uses with env shell working-directory timeout-minutes "
    "continue-on-error",
}
LATER = "actions/download-artifact"  # what it brings is what another action kept
NO_EVENTS: Tree = dict.fromkeys(("pull_request", "release", "inputs"))  # in a push
FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")


@dataclass
class Outcome:
    """
    What became of a push.
    """

    jobs: dict[str, str] = field(default_factory=dict)  # success, failure or skipped
    lines: list[str] = field(default_factory=list)  # that the steps wrote
    did_nothing: list[str] = field(default_factory=list)  # actions that have no stand-in


@dataclass
class Job:
    """
    One job under way: where it works, what expressions and programs see, whether a step failed.
    """

    folder: Path
    seen: Tree  # the contexts: github, env, matrix, needs, steps, inputs
    env: dict[str, str]  # of its programs, beside what the context `env` says
    defaults: Tree  # what a step says that doesn't say it itself
    over: float  # when it must have ended
    failed: bool = False


def run(
    repository: Path,
    workflow: Path,
    *,
    event: Tree,
    actions: Path,
    folder: Path,
    env: Mapping[str, str],
    timeout: float,
) -> Outcome:
    """
    Run a workflow as an event would: a push of what was committed last, or its pull request.

    Args:
        repository: A git repository.
        workflow: The file of the workflow.
        event: What `github.event` says.
        actions: A folder with a stand-in for each action, by the last part of its name.
        folder: Where the jobs work; empty.
        env: More of what the jobs find in their environment.
        timeout: Seconds until it must have ended.

    Raises:
        CannotJudge: The workflow says what the runner does not know.
        StillRunning: It did not end in time.
    """
    over = time.monotonic() + timeout
    definition = read(workflow)
    outcome = Outcome(did_nothing=without_a_stand_in(definition, actions))
    head = ["git", "-C", str(repository), "rev-parse", "HEAD"]
    wants_in = event.get("pull_request") or {}
    ref = event.get("ref") or f"refs/pull/{event['number']}/merge"
    github = Known(
        sha=subprocess.check_output(head, text=True).strip(),
        ref=ref, ref_name=ref.split("/", 2)[2], ref_type="branch", event_name=event_name(event),
        head_ref=wants_in.get("head", {}).get("ref", ""),
        base_ref=wants_in.get("base", {}).get("ref", ""),
        repository=REPOSITORY, repository_owner=REPOSITORY.partition("/")[0], actor="you",
        workflow=definition.get("name", workflow.name), run_id="1", run_number="1",
        server_url="https://github.com", token="", event=Known(NO_EVENTS | event),
    )  # fmt: skip
    contexts: Tree = {"github": github, "secrets": {}, "vars": {}, "runner": Known(os="Linux")}
    contexts["env"] = filled(definition.get("env", {}), contexts)
    needs: dict[str, Tree] = {}
    before: dict[str, set[str]] = {}  # how the jobs ended that a job needs, and those they need
    for name, job in in_order(definition["jobs"]):
        wanted = {need: needs[need] for need in as_list(job.get("needs"))}
        before[name] = {each["result"] for each in wanted.values()}
        before[name] = before[name].union(*(before[need] for need in wanted))
        seen = contexts | {"needs": wanted, "matrix": {}}
        matrix = job.get("strategy", {}).get("matrix", {})
        results: list[str] = []
        outputs: Tree = {}
        for combination in itertools.product(*matrix.values()):
            seen["matrix"] = dict(zip(matrix, combination, strict=True))
            success, failure = before[name] <= {"success"}, "failure" in before[name]
            if not holds(job.get("if", "success()"), seen, success=success, failure=failure):
                results.append("skipped")
                continue
            variables = seen["env"] | filled(job.get("env", {}), seen)
            defaults = [each.get("defaults", {}).get("run", {}) for each in (definition, job)]
            state = Job(
                folder / f"{name}-{len(results)}",
                seen | {"steps": {}, "env": variables},
                dict(os.environ) | dict(env),
                defaults[0] | defaults[1],
                over,
            )
            state.folder.mkdir()
            for step in job["steps"]:
                do(step, state, outcome, repository=repository, actions=actions)
            results.append("failure" if state.failed else "success")
            outputs = filled(job.get("outputs", {}), state.seen)
        worst = min(results, key=["failure", "skipped", "success"].index)
        outcome.jobs[name] = worst
        needs[name] = {"result": worst, "outputs": outputs}
    return outcome


def event_name(event: Tree) -> str:
    return "pull_request" if "pull_request" in event else "push"


def read(workflow: Path) -> Tree:
    """
    A workflow, if the runner knows all that it says.
    """
    definition: Tree = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    refuse_unknown("workflow", definition)
    for name, job in definition["jobs"].items():
        if "uses" in job:
            raise CannotJudge(
                f"The job {name} is in another file, `{job['uses']}`: here one file is run.\n"
                "Write its steps into this one, or let GitHub itself run both."
            )
        refuse_unknown("job", job)
        strategy = job.get("strategy", {})
        refuse_unknown("strategy", strategy)
        matrix = strategy.get("matrix", {})
        if not isinstance(matrix, dict) or matrix.keys() & {"include", "exclude"}:
            raise unknown("a matrix with `include` or `exclude`, or that is an expression")
        for step in job["steps"]:
            refuse_unknown("step", step)
    return definition


def refuse_unknown(kind: str, tree: Tree) -> None:
    if names := set(map(str, tree)) - set(KNOWN[kind].split()):
        raise unknown(f"`{min(names)}` in a {kind}")


def without_a_stand_in(definition: Tree, actions: Path) -> list[str]:
    """
    The actions of a workflow that have no stand-in, and do nothing; nobody may ask what it was.
    """
    found = []
    for job in definition["jobs"].values():
        for step in job["steps"]:
            used, _, _ = step.get("uses", "").partition("@")
            if not used or stand_in(actions, step["uses"]).name != NOBODY:
                continue
            wanted = "id" in step and f"steps.{step['id']}.outputs" in str(definition)
            if wanted or used == LATER or used.startswith((".", "docker:")):
                raise unknown(f"`{used}`, and needs what it does")
            found.append(used)
    return found


def stand_in(actions: Path, use: str) -> Path:
    """
    The folder of what stands in for an action.
    """
    action = actions / use.partition("@")[0].rpartition("/")[2]
    return (
        action if action.exists() or use.startswith("actions/checkout@") else actions / NOBODY
    )


def in_order(jobs: Tree) -> Iterator[tuple[str, Tree]]:
    """
    The jobs, each after those that it needs.
    """
    left = dict(jobs)
    while left:
        name = next(n for n, job in left.items() if not left.keys() & as_list(job.get("needs")))
        yield name, left.pop(name)


def do(step: Tree, state: Job, outcome: Outcome, *, repository: Path, actions: Path) -> None:
    """
    Do one step, unless an earlier one failed and its `if` doesn't want it all the same.
    """
    ended = dict.fromkeys(("outcome", "conclusion"), "skipped")
    outputs: Tree = {}
    condition = step.get("if", "success()")
    if holds(condition, state.seen, success=not state.failed, failure=state.failed):
        if "run" in step:
            succeeded, outputs = execute(step, state, outcome)
        elif step["uses"].startswith("actions/checkout@"):
            clone = ["git", "clone", "--quiet", str(repository), str(state.folder)]
            succeeded = subprocess.run(clone, check=False).returncode == 0
        else:
            action = yaml.safe_load(
                (stand_in(actions, step["uses"]) / "action.yml").read_text(encoding="utf-8")
            )
            defaults = {k: v.get("default", "") for k, v in action.get("inputs", {}).items()}
            inputs = defaults | filled(step.get("with", {}), state.seen)
            inner = replace(
                state, seen=state.seen | {"inputs": inputs, "steps": {}}, defaults={}
            )
            inner.failed = False
            for part in action["runs"]["steps"]:
                do(part, inner, outcome, repository=repository, actions=actions)
            succeeded = not inner.failed
            values = {k: v["value"] for k, v in action.get("outputs", {}).items()}
            outputs = filled(values, inner.seen)
        forgiven = text(filled(step.get("continue-on-error", False), state.seen)) == "true"
        ended["outcome"] = "success" if succeeded else "failure"
        ended["conclusion"] = "success" if succeeded or forgiven else "failure"
        state.failed |= ended["conclusion"] == "failure"
    state.seen["steps"][step.get("id")] = ended | {"outputs": outputs}


def execute(step: Tree, state: Job, outcome: Outcome) -> tuple[bool, Tree]:
    """
    Run the script of a step; return whether it succeeded, and the outputs that it set.
    """
    step = state.defaults | step
    temp = state.folder.with_name(f"{state.folder.name}-temp")
    temp.mkdir(exist_ok=True)
    files = {name: temp / name for name in FILES}
    for file in files.values():
        file.write_text("", encoding="utf-8")
    script = temp / "script"
    script.write_text(filled(step["run"], state.seen), encoding="utf-8")
    github = state.seen["github"].items()
    env = state.env | {f"GITHUB_{k.upper()}": v for k, v in github if isinstance(v, str)}
    env |= {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(state.folder)}
    env |= {"PYTHON": sys.executable, "RUNNER_TEMP": str(temp), "RUNNER_OS": "Linux"}
    env |= {name: str(file) for name, file in files.items()} | state.seen["env"]
    env |= filled(step.get("env", {}), state.seen)
    shell = step.get("shell")
    words = SHELLS.get(shell) or str(shell)
    if "{0}" not in words:
        raise unknown(f"the shell `{shell}`")
    code, said, _ = end_within(
        state.over - time.monotonic(),
        [word.replace("{0}", str(script)) for word in words.split()],
        what=f"the step `{step['run'].strip().splitlines()[0]}`",
        cwd=state.folder / filled(step.get("working-directory", "."), state.seen),
        env=env,
        stderr=subprocess.STDOUT,
    )
    outcome.lines += said.splitlines()
    written = {name: file.read_text(encoding="utf-8") for name, file in files.items()}
    added = [*reversed(written["GITHUB_PATH"].splitlines()), state.env["PATH"]]
    state.env["PATH"] = os.pathsep.join(added)
    state.seen["env"] |= assigned(written["GITHUB_ENV"])
    return code == 0, assigned(written["GITHUB_OUTPUT"])


def end_within(
    seconds: float, command: list[str], *, what: str, **options: Any
) -> tuple[int, str, str]:
    """
    Run a command to its end; return its exit code, what it said, and its errors.

    Raises:
        StillRunning: It did not end in time; it has been killed, and all that it had started.
    """
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, **options) as process:
        try:
            said, errors = process.communicate(timeout=max(seconds, 0))
        except subprocess.TimeoutExpired:
            for child in psutil.Process(process.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    child.kill()
            process.kill()
            raise StillRunning(f"{what} was still running when its time was over") from None
    return process.returncode, said, errors


def assigned(written: str) -> Tree:
    """
    What stands in a file such as $GITHUB_ENV: `NAME=value`, or `NAME<<END`, lines, and `END`.
    """
    found: Tree = {}
    lines = iter(written.splitlines())
    for line in lines:
        if match := re.fullmatch(r"([^=]+?)<<(.+)", line):
            found[match[1]] = "\n".join(iter(lambda: next(lines), match[2]))
        else:
            name, _, found[name] = line.partition("=")
    return found


def as_list(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []
