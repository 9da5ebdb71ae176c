"""
Not GitHub's runner: a program that runs the jobs of a workflow here, small enough to be read.

One job comes after the other. No containers, no services, no secrets, no event but a push. It
knows as much of expressions as the workflows of 4.1 need. An action (`uses:`) is looked up by
its name among stand-ins that consist of steps; checkout is built in.
"""

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Tree = dict[str, Any]  # what YAML has under names

# As documented; {0} is the script, and who says `shell: something {0}` gets that.
SHELLS: dict[str | None, str] = {
    None: "bash -e {0}",
    "bash": "bash --noprofile --norc -eo pipefail {0}",
    "sh": "sh -e {0}",
}


@dataclass
class Outcome:
    """
    What became of each job (success, failure or skipped), and the lines that their steps wrote.
    """

    jobs: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


@dataclass
class Job:
    """
    One job under way: where it works, what expressions and programs see, whether a step failed.
    """

    folder: Path
    seen: Tree  # the contexts: github, env, matrix, needs, steps, inputs
    env: dict[str, str]
    failed: bool = False


def run(
    repository: Path,
    workflow: Path,
    *,
    event: Tree,
    actions: Path,
    folder: Path,
    env: Mapping[str, str],
) -> Outcome:
    """
    Run a workflow as a push of what was committed last would.

    Args:
        repository: A git repository.
        workflow: The file of the workflow.
        event: What `github.event` says.
        actions: A folder with a stand-in for each action, by the last part of its name.
        folder: Where the jobs work; empty.
        env: More of what the jobs find in their environment.
    """
    outcome = Outcome()
    definition = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    head = ["git", "-C", str(repository), "rev-parse", "HEAD"]
    sha = subprocess.check_output(head, text=True).strip()
    github: Tree = {"sha": sha, "ref": "refs/heads/main", "event": event, "actor": "you"}
    github["repository"] = f"you/{repository.name}"
    needs: dict[str, Tree] = {}
    for name, job in in_order(definition["jobs"]):
        wanted = {need: needs[need] for need in as_list(job.get("needs"))}
        seen: Tree = {
            "github": github,
            "needs": wanted,
            "env": definition.get("env", {}),
            "matrix": {},
        }
        before = all(need["result"] == "success" for need in wanted.values())
        matrix = job.get("strategy", {}).get("matrix", {})
        results: list[str] = []
        outputs: Tree = {}
        for combination in itertools.product(*matrix.values()):
            seen["matrix"] = dict(zip(matrix, combination, strict=True))
            if not holds(job.get("if", "success()"), seen, failed=not before):
                results.append("skipped")
                continue
            place = folder / f"{name}-{len(results)}"
            place.mkdir()
            state = Job(place, seen | {"steps": {}}, env=dict(os.environ) | dict(env))
            for step in job["steps"]:
                do(step, state, job, outcome, repository=repository, actions=actions)
            results.append("failure" if state.failed else "success")
            outputs = filled(job.get("outputs", {}), state.seen)
        worst = min(results, key=["failure", "skipped", "success"].index)
        outcome.jobs[name] = worst
        needs[name] = {"result": worst, "outputs": outputs}
    return outcome


def in_order(jobs: Tree) -> Iterator[tuple[str, Tree]]:
    """
    The jobs, each after those that it needs.
    """
    left = dict(jobs)
    while left:
        name = next(n for n, job in left.items() if not left.keys() & as_list(job.get("needs")))
        yield name, left.pop(name)


def do(
    step: Tree, state: Job, job: Tree, outcome: Outcome, *, repository: Path, actions: Path
) -> None:
    """
    Do one step, unless an earlier one failed and its `if` doesn't want it all the same.
    """
    if not holds(step.get("if", "success()"), state.seen, failed=state.failed):
        return
    if "run" in step:
        given = filled(job.get("env", {}) | step.get("env", {}), state.seen)
        shell = step.get("shell") or job.get("defaults", {}).get("run", {}).get("shell")
        code, outputs = execute(filled(step["run"], state.seen), shell, given, state, outcome)
        state.failed |= code != 0 and not step.get("continue-on-error", False)
    elif step["uses"].startswith("actions/checkout@"):
        clone = ["git", "clone", "--quiet", str(repository), str(state.folder)]
        subprocess.run(clone, check=True)
        outputs = {}
    else:
        name = step["uses"].partition("@")[0].rpartition("/")[2]
        action = yaml.safe_load((actions / name / "action.yml").read_text(encoding="utf-8"))
        defaults = {k: v.get("default", "") for k, v in action.get("inputs", {}).items()}
        inputs = defaults | filled(step.get("with", {}), state.seen)
        inner = Job(state.folder, state.seen | {"inputs": inputs, "steps": {}}, state.env)
        for part in action["runs"]["steps"]:
            do(part, inner, {}, outcome, repository=repository, actions=actions)
        state.failed |= inner.failed
        values = {k: v["value"] for k, v in action.get("outputs", {}).items()}
        outputs = filled(values, inner.seen)
    state.seen["steps"][step.get("id")] = {"outputs": outputs}


def execute(
    script: str, shell: str | None, given: Tree, state: Job, outcome: Outcome
) -> tuple[int, Tree]:
    """
    Run a script; return its exit code and the outputs that it set.
    """
    temp = state.folder.with_name(f"{state.folder.name}-temp")
    temp.mkdir(exist_ok=True)
    files = {name: temp / name for name in ("GITHUB_OUTPUT", "GITHUB_PATH")}
    for file in files.values():
        file.write_text("", encoding="utf-8")
    (temp / "script").write_text(script, encoding="utf-8")
    env = state.env | {"PYTHON": sys.executable, "RUNNER_TEMP": str(temp)}
    env |= {name: str(file) for name, file in files.items()} | given
    words = SHELLS.get(shell, shell or "").split()
    command = [word.replace("{0}", str(temp / "script")) for word in words]
    done = subprocess.run(
        command, cwd=state.folder, env=env, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    outcome.lines += done.stdout.splitlines()
    added = files["GITHUB_PATH"].read_text(encoding="utf-8").splitlines()
    state.env["PATH"] = os.pathsep.join([*reversed(added), state.env["PATH"]])
    said = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
    return done.returncode, dict(line.split("=", 1) for line in said)


def filled(value: Any, seen: Tree) -> Any:
    """
    A text with each `${{ … }}` replaced by what it stands for: as text, before any shell.
    """
    if isinstance(value, dict):
        return {key: filled(inner, seen) for key, inner in value.items()}
    return re.sub(
        r"\$\{\{\s*([\w.-]+)\s*\}\}", lambda found: str(look(found[1], seen)), str(value)
    )


def look(name: str, seen: Any) -> Any:
    for part in name.split("."):
        seen = seen.get(part, "") if isinstance(seen, dict) else ""
    return seen


def holds(condition: object, seen: Tree, *, failed: bool) -> bool:
    """
    Whether an `if` is true: a status function, or a comparison of a context with a text.

    What names no status function wants success as well.
    """
    text = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", str(condition).strip()).strip()
    status = {"success()": not failed, "failure()": failed, "always()": True}
    status |= {"!cancelled()": True, "success() || failure()": True}
    if text in status:
        return status[text]
    name, _, wanted = text.partition(" == ")
    return not failed and str(look(name, seen)) == wanted.strip("'")


def as_list(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []
