"""
What we ask of a workflow that deploys, and that no linter can know. It reads words, not deeds.

    python policy.py WORKFLOW
"""

import re
import sys
from pathlib import Path

import yaml
from docker.auth import resolve_repository_name


def violations(workflow):
    """
    What is wrong with a workflow, as sentences that begin with the name of the job.

    `workflow` is what yaml.safe_load made of the file. (It reads the key `on` as True.)
    """
    found = []
    jobs = workflow["jobs"]
    if "concurrency" not in workflow:
        found.append("workflow: two pushes may deploy at the same time")
    elif as_mapping(workflow["concurrency"]).get("cancel-in-progress"):
        found.append("workflow: a push ends the deploy that is under way")
    for name, job in jobs.items():
        steps = job["steps"]
        if "timeout-minutes" not in job:
            found.append(f"{name}: may hang for six hours")
        if "always()" in str(job.get("if", "")):
            found.append(f"{name}: runs even if what it needs has failed")
        scripts = [step["run"] for step in steps if "run" in step]
        if any("${{" in script for script in scripts):
            found.append(f"{name}: an expression is pasted into a script")
        if any(" | " in step.get("run", "") and "shell" not in step for step in steps):
            found.append(f"{name}: a pipe hides a failure")
        found += pushes(name, steps)
        if name == "deploy":
            found += deploys(job, "\n".join(scripts))
    return found


def pushes(name, steps):
    """
    What is wrong with the steps that push an image.
    """
    used = [step.get("uses", "").partition("@")[0] for step in steps]
    for place, step in enumerate(steps):
        given = step.get("with", {})
        if used[place] != "docker/build-push-action" or not given.get("push"):
            continue
        if "docker/login-action" not in used[:place]:
            yield f"{name}: pushes without a login"
        if "tags" not in given:
            yield f"{name}: pushes under no name"
            continue
        host, _ = resolve_repository_name(re.sub(r"\$\{\{.*?\}\}", "x", given["tags"]))
        if host == "docker.io" and not given["tags"].startswith("docker.io/"):
            yield f"{name}: pushes to somebody's name on Docker Hub"


def deploys(job, script):
    """
    What is wrong with the job that deploys.
    """
    commands = [line for line in script.splitlines() if not line.lstrip().startswith("#")]
    if not any(re.search("kubectl .*set image", command) for command in commands):
        yield "deploy: deploys nothing"
    if not any(re.search("kubectl .*rollout status", command) for command in commands):
        yield "deploy: does not wait for what becomes of it"
    if "outputs.digest" not in str(job):
        yield "deploy: names an image by its tag, which may move"
    if "environment" not in job:
        yield "deploy: no environment, hence no secrets and no approvals of its own"


def as_mapping(value):
    return value if isinstance(value, dict) else {"group": value}


if __name__ == "__main__":
    found = violations(yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8")))
    print(*found, sep="\n", end="")
    sys.exit(bool(found))
