"""
The cluster that is none does with one Deployment what Kubernetes says that it does.
"""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tools import ROOT
from workbench import Process, start, wait_until

pytestmark = pytest.mark.kept_with("stand_ins", "chapters/04_delivery")

CHAPTER = ROOT / "chapters" / "04_delivery"
HERE = "/apis/apps/v1/namespaces/default"
DEPLOYMENT = f"{HERE}/deployments/myapp"
MERGE = {"Content-Type": "application/strategic-merge-patch+json"}


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Process]:
    manifest = CHAPTER / "4.1_pipeline" / "deployment.yaml"
    versions = CHAPTER / "4.2_strategies" / "versions"
    command = "python -m stand_ins.cluster_api {port}"
    command += f" {manifest} {tmp_path / 'config'} {versions}"
    with start(command, ready="rolled out", name="cluster") as process:
        yield process


def set_image(cluster: Process, tag: str) -> None:
    containers = [{"name": "myapp", "image": f"ghcr.io/you/myapp:{tag}"}]
    change = {"spec": {"template": {"spec": {"containers": containers}}}}
    url = f"{cluster.url}{DEPLOYMENT}"
    httpx2.patch(url, json=change, headers=MERGE).raise_for_status()


def replica_sets(cluster: Process) -> list[int]:
    """
    The number of pods of each, the oldest first.
    """
    items = httpx2.get(f"{cluster.url}{HERE}/replicasets").json()["items"]
    return [item["spec"]["replicas"] for item in items]


def users_get(cluster: Process) -> set[str]:
    (line,) = cluster.wait_log("service: ")
    return {httpx2.get(line.text.removeprefix("service: ")).text for _ in range(10)}


def test_a_rollout(cluster: Process) -> None:
    """
    A new image makes a new ReplicaSet, and the service sends its users there in the end.
    """
    assert users_get(cluster) == {"v1"}

    set_image(cluster, "v2")
    assert wait_until(lambda: replica_sets(cluster) == [0, 3], 20)

    assert wait_until(lambda: users_get(cluster) == {"v2"}, 10)


def test_a_version_that_never_gets_ready(cluster: Process) -> None:
    """
    Its pods are there and get no user; the old ones stay as many as they must.
    """
    set_image(cluster, "v2-never-serves")
    assert wait_until(lambda: replica_sets(cluster)[1:] == [1], 10)

    status = httpx2.get(f"{cluster.url}{DEPLOYMENT}").json()["status"]
    assert users_get(cluster) == {"v1"}
    assert status["availableReplicas"] == 3


def test_the_same_image_again(cluster: Process) -> None:
    """
    What changes nothing is no new generation, and nothing is rolled out.
    """
    before = httpx2.get(f"{cluster.url}{DEPLOYMENT}").json()["metadata"]["generation"]
    set_image(cluster, "v1")

    after = httpx2.get(f"{cluster.url}{DEPLOYMENT}").json()["metadata"]["generation"]
    assert after == before
    assert replica_sets(cluster) == [3]
