"""
The small kubectl says what the real one says, to the cluster that is none.
"""

import os
import shutil
import subprocess

import pytest

import stand_ins
from tools import ROOT
from workbench import start

pytestmark = pytest.mark.kept_with("stand_ins", "chapters/04_delivery", programs=("kubectl",))

CHAPTER = ROOT / "chapters" / "04_delivery" / "4.1_pipeline"
VERSIONS = "../4.2_strategies/versions"
REAL = shutil.which("kubectl")
ROLLED_OUT = "rollout status deployment/myapp --timeout=30s"
COMMANDS = [
    "rollout undo deployment/myapp",
    "set image deployment/myapp app=shop:v2",
    "set image deployment/myapp myapp=shop:v2",
    ROLLED_OUT,
    "set image deployment/myapp myapp=shop:v2",
    "get deployment myapp -o jsonpath={.spec.template.spec.containers[0].image}",
    "rollout undo deployment/myapp",
    ROLLED_OUT,
    "set image deploy/myapp myapp=shop:v2-crashes",
    "rollout status deployment myapp --timeout 1s",
    "rollout status deployment myapp",
    "wait --for=condition=Available deployment/myapp --timeout=10s",
    "rollout undo deployment/myapp",
    ROLLED_OUT,
    "wait --for=condition=Nothing deployment/myapp --timeout=1s",
    "get deployment/nobody -o json",
]


def transcript(kubectl, home):
    """
    The exit code and the last words of each command, to a cluster of its own.
    """
    home.mkdir()
    env = os.environ | {"HOME": str(home), "KUBECONFIG": str(home / "config")}
    config = home / "config"
    command = f"python -m stand_ins.cluster_api {{port}} deployment.yaml {config} {VERSIONS}"
    said = []
    with start(command, ready="rolled out", name=home.name, cwd=CHAPTER):
        for asked in COMMANDS:
            done = subprocess.run(
                [kubectl, *asked.split()], env=env, check=False, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
            )  # fmt: skip
            said.append((asked, done.returncode, done.stdout.splitlines()[-1:]))
    return said


@pytest.mark.skipif(REAL is None, reason="there is no kubectl on this machine")
def test_the_small_kubectl_says_what_the_real_one_says(tmp_path):
    """
    1. Two clusters are asked the same, one by each kubectl: what succeeds and what does not.

    Result: the same exit codes and the same last words.
    """
    real = transcript(REAL, tmp_path / "real")
    small = transcript(stand_ins.FOLDER / "small_kubectl" / "kubectl", tmp_path / "small")

    for one, other in zip(small, real, strict=True):
        assert one == other
