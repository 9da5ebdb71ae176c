"""
Two pushes, of which the older may overtake the newer.
"""

from concurrent.futures import ThreadPoolExecutor

from stand_ins.pipeline import commit, git, new_repository, push
from workbench import scratch


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
