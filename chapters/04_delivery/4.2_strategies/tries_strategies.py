"""
Deploy one version by every strategy, all at the same time, each with a fleet of its own.

`make grid` runs this file: every version by every strategy, drawn into grid.png.
"""

import io
import sys
from contextlib import ExitStack, redirect_stdout

from figures import draw_deploys, outcome
from strategies import STRATEGIES

from workbench import scratch, start, traffic

ALL_VERSIONS = ("v2", "v2-warms-up", "v2-crashes", "v2-errs", "v2-tires")
RATE = 40  # requests per second, for each


def try_all(version, *, requests, strategies=STRATEGIES, old="v1"):
    """
    For at least so many requests, and until every deploy is over: what each has cost.
    """
    sockets = scratch("s")  # a short name: the path of a socket has 104 characters at most
    command = f"python deploys.py {{port}} %s {old} {version} {sockets}"
    with redirect_stdout(io.StringIO()), ExitStack() as stack:  # twelve lines like any others
        fleets = {
            name: stack.enter_context(start(command % name, ready=None, name=name))
            for name in strategies
        }
        for fleet in fleets.values():
            fleet.wait_log("serves")
        loads = {
            name: stack.enter_context(traffic(fleet.url, rate=RATE))
            for name, fleet in fleets.items()
        }
        last = loads[strategies[-1]]
        last.wait(requests)
        for fleet in fleets.values():
            fleet.wait_log("over: ", timeout=30)
        last.wait(RATE)  # what it is like when all is over
    return {name: outcome(loads[name], fleets[name]) for name in strategies}


if __name__ == "__main__":
    runs = {}
    for version in ALL_VERSIONS:
        runs[version] = try_all(version, requests=380)
        for name, run in runs[version].items():
            print(
                f"{version:<12} {name:<20} {len(run.failed):4} failed  {run.words}", flush=True
            )
    draw_deploys(runs)[0].savefig(sys.argv[1])
    print(f"The figure is in {sys.argv[1]}")
