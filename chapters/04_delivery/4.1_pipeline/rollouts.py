"""
A cluster whose users ask for a page all the time, and what kubectl says to a rollout there.
"""

import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import stand_ins
from workbench import scratch, start, traffic, wait_until

SMALL = str(stand_ins.FOLDER / "small_kubectl" / "kubectl")
KUBECTL = shutil.which("kubectl") or SMALL
VERSIONS = "../4.2_strategies/versions"
RATE = 40  # requests per second, to each shop


class Said(NamedTuple):
    """
    What kubectl was asked for, its exit code, its last words, and when (in the load's seconds).
    """

    command: str
    code: int
    words: str
    seconds: float

    @property
    def short(self):
        return f"{self.command.partition(' deployment')[0]}: {self.code}"

    def __str__(self):
        return f"$ kubectl {self.command}\n  {self.words}\n  exit code {self.code}"


class Shop:
    """
    A shop in a cluster: its load, and what kubectl has said so far.
    """

    def __init__(self, load, home):
        self.load = load
        self.said = []
        self._env = os.environ | {"HOME": str(home), "KUBECONFIG": str(home / "config")}

    def kubectl(self, command):
        """
        Ask kubectl; return its exit code.
        """
        done = subprocess.run(
            [KUBECTL, *command.split()], env=self._env, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
        )  # fmt: skip
        last = (done.stdout.splitlines() or ["(nothing)"])[-1]
        self.load.mark(command)
        self.said.append(Said(command, done.returncode, last, self.load.marks[-1][0]))
        return done.returncode

    @property
    def codes(self):
        return [said.code for said in self.said]

    def since(self, number):
        """
        The requests that left after kubectl's word of this number; -1 is the last.
        """
        return [s for s in self.load.samples if s.scheduled > self.said[number].seconds]


@contextmanager
def shop(name, manifest):
    """
    A cluster with three pods of v1, under load.
    """
    home = scratch(f"home-{name.replace(' ', '-').replace(',', '')}")
    config = home / "config"
    command = f"python -m stand_ins.cluster_api {{port}} {manifest} {config} {VERSIONS}"
    with start(command, ready="rolled out", name=name) as cluster:
        (line,) = cluster.wait_log("service: ")
        with traffic(line.text.removeprefix("service: "), rate=RATE) as load:
            assert wait_until(lambda: served(load.samples[-RATE // 2 :]), 30), (
                "no user is served"
            )
            yield Shop(load, home)


@contextmanager
def shops(cases):
    """
    Several of them side by side, each in a cluster of its own.
    """
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(shop(name, manifest))
            for name, (manifest, _) in cases.items()
        }


def served(samples):
    """
    Whether these are so many requests that the shop is open, and none of them failed.
    """
    return len(samples) == RATE // 2 and failed(samples) == 0


def failed(samples):
    return sum(sample.outcome != "ok" for sample in samples)
