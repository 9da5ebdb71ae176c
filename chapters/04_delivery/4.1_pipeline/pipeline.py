"""
What happens on a push: the workflow of a repository is run, by act or by a small runner.
"""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from stand_ins import workflow_runner
from stand_ins.workflow_runner import Outcome
from workbench import scratch

HERE = Path(__file__).parent
ACTIONS = HERE / "actions"
ACT = shutil.which("act", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
IN_THE_REPOSITORY = ".github/workflows/deploy.yml"
# pip builds with what is installed. (It reads this 0 as "no isolation".)
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}


def git(repository, *arguments):
    """
    Run git in a repository, as somebody; return what it says.
    """
    somebody = ("-c", "user.name=you", "-c", "user.email=you@example.org")
    command = ["git", "-C", str(repository), *somebody, *arguments]
    # In a hook GIT_DIR names somebody's repository, and git would commit there all the same.
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.check_output(command, env=env, text=True).strip()


def new_repository(name, workflow):
    """
    Make a repository with the document's project and this workflow in it.
    """
    repository = scratch(name)
    shutil.copytree(HERE / "project", repository, dirs_exist_ok=True)
    git(repository, "init", "--quiet", "--initial-branch=main")
    git(repository, "remote", "add", "origin", "https://github.com/you/myapp.git")
    commit(
        repository, "first", {IN_THE_REPOSITORY: (HERE / workflow).read_text(encoding="utf-8")}
    )
    return repository


def commit(repository, message, files):
    """
    Change files of a repository, and commit them.
    """
    for name, text in files.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text, encoding="utf-8")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", message)


def push(repository, *, small=ACT is None, env=None):
    """
    Run what was committed last as a push to main would; return what became of the jobs.

    Args:
        repository: A git repository.
        small: Whether the small runner does it; act, if not.
        env: More of what the jobs find in their environment.
    """
    message = git(repository, "log", "-1", "--format=%B")
    event = {"ref": "refs/heads/main", "head_commit": {"message": message}}
    folder = scratch(f"push-{git(repository, 'rev-parse', '--short', 'HEAD')}")
    workflow = repository / IN_THE_REPOSITORY
    options = {"event": event, "actions": ACTIONS, "folder": folder}
    options["env"] = OFFLINE | (env or {})
    return (workflow_runner.run if small else run_act)(repository, workflow, **options)


def race(trap):
    """
    Push two commits, the older with tests that last until the newer is deployed.

    Returns the message of the commit that is in production in the end, and how each job ended.
    """
    repository = new_repository(trap, f"traps/{trap}.yml")
    production = scratch("production") / "commit"
    before = git(repository, "rev-parse", "HEAD")
    production.write_text(f"{before}\n", encoding="utf-8")
    waits = f'for _ in $(seq 600); do grep -q {before} "$PRODUCTION" || exit 0; sleep 0.1; done'
    pushes = {}
    with ThreadPoolExecutor() as pool:
        for message, tests in (("older", waits), ("newer", "true")):
            commit(repository, message, {"tests.sh": tests})
            copy = scratch(f"{trap}-{message}")
            git(repository, "clone", "--quiet", str(repository), str(copy))
            pushes[message] = pool.submit(push, copy, env={"PRODUCTION": str(production)})
    deployed = git(repository, "log", "-1", "--format=%s", production.read_text().strip())
    return deployed, {message: done.result().jobs["deploy"] for message, done in pushes.items()}


def run_act(repository, workflow, *, event, actions, folder, env):
    """
    Let act run a workflow on this machine itself, as `workflow_runner.run` does.
    """
    (folder / "event.json").write_text(json.dumps(event), encoding="utf-8")
    # Its cache server, which no job here asks, would listen on the address of the way out, and
    # without a network there is none.
    command = [ACT, "push", "--no-cache-server"]
    for runner in ("ubuntu-latest", "ubuntu-24.04"):
        command += ["-P", f"{runner}=-self-hosted"]
    command += ["--json", "--eventpath", str(folder / "event.json"), "--actor", "you"]
    jobs = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    used = {step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step}
    for use in used:
        name = use.partition("@")[0].rpartition("/")[2]
        if name != "checkout":  # which act does itself
            command += ["--local-repository", f"{use}={actions / name}"]
    env = os.environ | env | {"HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
    env |= {"RUNNER_TEMP": str(folder), "PYTHON": sys.executable}
    done = subprocess.run(
        command,
        cwd=repository,
        env=env,
        text=True,
        capture_output=True,
        check=False,
        timeout=100,
    )
    outcome = Outcome()
    results = {}
    for line in done.stdout.splitlines():
        said = json.loads(line) if line.startswith("{") else {}
        if "jobResult" in said:
            results.setdefault(said["jobID"], set()).add(said["jobResult"])
        elif said.get("raw_output"):
            outcome.lines += said["msg"].splitlines()
    if not results:
        raise RuntimeError(f"act ran no job:\n{done.stdout}\n{done.stderr}")
    outcome.jobs = {name: min(results.get(name, {"skipped"})) for name in jobs}
    return outcome
