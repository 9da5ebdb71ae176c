"""
Three replicas in a cluster that is none, under load: when each was ready, and restarted.
"""

import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import copytree

from workbench import scratch, start, traffic


class Shop:
    """
    Its cluster, and the requests of its users. Times are seconds since the first mark.
    """

    def __init__(self, cluster, load):
        self.cluster = cluster
        self.load = load

    def mark(self, label):
        self.load.mark(label)
        if len(self.load.marks) == 1:
            self._log_began = self.cluster.started - time.monotonic()

    def all_ready_again(self):
        self.cluster.wait_log(" is ready", times=6, timeout=60)

    def _lines(self, words):
        for line in self.cluster.log:
            replica, _, said = line.text.partition(" is ")
            if said in words:
                yield replica, said, line.seconds + self._log_began

    @property
    def restarted(self):
        """
        How many of the replicas were restarted, once or more.
        """
        return len({replica for replica, _, _ in self._lines(["restarted"])})

    @property
    def restarts(self):
        return [(replica, at) for replica, _, at in self._lines(["restarted"])]

    @property
    def readiness(self):
        """
        Of each replica, by its name: when it was ready, and when no longer.
        """
        found = {}
        for replica, said, at in self._lines(["ready", "not ready"]):
            found.setdefault(replica, []).append((at, said == "ready"))
        return found

    @property
    def users(self):
        """
        When each request was over, and how.
        """
        began = self.load.marks[0][0]
        return [(sample.done - began, sample.outcome) for sample in self.load.samples]

    @property
    def hurt(self):
        """
        How many requests got no good answer.
        """
        return sum(outcome != "ok" for _, outcome in self.users)


@contextmanager
def shops(*replicas, database, path, rate, requests, timeout=10):
    """
    A shop for each kind of replica: three of them, ready; then the same load on each shop.
    """
    with ExitStack() as stack:
        clusters = [stack.enter_context(cluster(replica, database)) for replica in replicas]
        loads = []
        for each in clusters:
            (line,) = each.wait_log("service: ")
            url = line.text.removeprefix("service: ") + path
            load = traffic(url, rate=rate, requests=requests, timeout=timeout, exact=False)
            loads.append(stack.enter_context(load))
        yield [Shop(*both) for both in zip(clusters, loads, strict=True)]


def cluster(replica, database):
    home = scratch(f"cluster-{replica}")
    copytree("replicas", home / "replicas", dirs_exist_ok=True)
    text = Path("deployment.yaml").read_text(encoding="utf-8")
    (home / "deployment.yaml").write_text(text.replace("REPLICA", replica), encoding="utf-8")
    command = "python -m stand_ins.cluster_api {port} deployment.yaml config replicas"
    env = {"SHOP_DATABASE": database}
    return start(command, ready="rolled out", name=replica, env=env, cwd=home, timeout=60)
