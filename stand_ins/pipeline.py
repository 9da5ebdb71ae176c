"""
Not GitHub: on a push, the workflow of a repository is run here, by act or by a small runner.

Nothing is pushed anywhere. Each action that a workflow uses has a stand-in in `actions/`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from stand_ins import FOLDER, workflow_runner
from stand_ins.workflow_expressions import Tree
from stand_ins.workflow_runner import (
    Outcome,
    end_within,
    event_name,
    read,
    stand_in,
    without_a_stand_in,
)
from workbench import scratch

ACTIONS = FOLDER / "actions"
ACT = shutil.which("act", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
IN_THE_REPOSITORY = ".github/workflows/deploy.yml"
# pip builds with what is installed. (It reads this 0 as "no isolation".)
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}


def git(repository: Path, *arguments: str) -> str:
    """
    Run git in a repository, as somebody; return what it says.
    """
    somebody = ("-c", "user.name=you", "-c", "user.email=you@example.org")
    command = ["git", "-C", str(repository), *somebody, *arguments]
    # In a hook GIT_DIR names somebody's repository, and git would commit there all the same.
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.check_output(command, env=env, text=True).strip()


def new_repository(name: str, workflow: str | Path, project: str | Path = "project") -> Path:
    """
    Make a repository with this workflow and this project in it, a file and a folder.
    """
    repository = scratch(name)
    shutil.copytree(project, repository, dirs_exist_ok=True)
    git(repository, "init", "--quiet", "--initial-branch=main")
    url = f"https://github.com/{workflow_runner.REPOSITORY}.git"  # where act reads the name
    git(repository, "remote", "add", "origin", url)
    commit(repository, "first", {IN_THE_REPOSITORY: Path(workflow).read_text(encoding="utf-8")})
    return repository


def commit(repository: Path, message: str, files: Mapping[str, str]) -> None:
    """
    Change files of a repository, and commit them.
    """
    for name, text in files.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text, encoding="utf-8")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", message)


def push(
    repository: Path,
    *,
    event: Tree | None = None,
    small: bool = ACT is None,
    env: Mapping[str, str] | None = None,
    actions: Path = ACTIONS,
    timeout: float = 300.0,
) -> Outcome:
    """
    Run what was committed last as a push to main would; return what became of the jobs.

    Args:
        repository: A git repository.
        event: What happens instead of it: a push to another branch, or a pull request.
        small: Whether the small runner does it; act, if not.
        env: More of what the jobs find in their environment.
        actions: Where the stand-ins for actions are.
        timeout: Seconds until it must have ended.
    """
    message = git(repository, "log", "-1", "--format=%B")
    push_to_main = {"ref": "refs/heads/main", "head_commit": {"message": message}}
    # Of two repositories that are made in the same second, the first commits may be the same.
    head = git(repository, "rev-parse", "--short", "HEAD")
    folder = scratch(f"push-{repository.name}-{head}")
    run = workflow_runner.run if small else run_act
    try:
        return run(
            repository,
            repository / IN_THE_REPOSITORY,
            event=event or push_to_main,
            actions=actions,
            folder=folder,
            env=OFFLINE | dict(env or {}),
            timeout=timeout,
        )
    finally:  # fifty of them at once are more than a kernel has time for when it ends
        shutil.rmtree(folder, ignore_errors=True)


def run_act(
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
    Let act run a workflow on this machine itself, as `workflow_runner.run` does.
    """
    definition = read(workflow)  # what the small runner refuses, act is not asked either
    outcome = Outcome(did_nothing=without_a_stand_in(definition, actions))
    (folder / "event.json").write_text(json.dumps(event), encoding="utf-8")
    # Nobody else runs here that could be waited for, and act 0.2.89 refuses `queue: max`.
    text = workflow.read_text(encoding="utf-8")
    alone = re.sub(r"^concurrency:.*\n(?:[ \t].*\n|\n)*", "", text, flags=re.MULTILINE)
    workflow = folder / workflow.name
    workflow.write_text(alone, encoding="utf-8")
    # Its cache server, which no job here asks, would listen on the address of the way out, and
    # without a network there is none.
    command = [str(ACT), event_name(event), "--no-cache-server", "--workflows", str(workflow)]
    command += ["--json", "--eventpath", str(folder / "event.json"), "--actor", "you"]
    jobs = definition["jobs"]
    for runner in {str(job["runs-on"]) for job in jobs.values()}:
        command += ["-P", f"{runner}=-self-hosted"]
    for use in {
        step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step
    }:
        if not use.startswith("actions/checkout@"):  # which act does itself
            command += ["--local-repository", f"{use}={stand_in(actions, use)}"]
    places = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "RUNNER_TEMP"), str(folder))
    _, said, errors = end_within(
        timeout,
        command,
        what="the run of the workflow by act",
        cwd=repository,
        env=os.environ | env | places | {"PYTHON": sys.executable},
        stderr=subprocess.PIPE,
    )
    results: dict[str, set[str]] = {}
    for line in said.splitlines():
        told = json.loads(line) if line.startswith("{") else {}
        if "jobResult" in told:
            results.setdefault(told["jobID"], set()).add(told["jobResult"])
        elif told.get("raw_output"):
            outcome.lines += told["msg"].splitlines()
    if not results:
        raise RuntimeError(f"act ran no job:\n{said}\n{errors}")
    outcome.jobs = {name: min(results.get(name, {"skipped"})) for name in jobs}
    return outcome
