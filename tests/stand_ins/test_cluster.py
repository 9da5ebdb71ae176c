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


SICK_WITH_A_FILE = """
import asyncio
import sys
from pathlib import Path


async def answer(reader, writer):
    head = await reader.readuntil(b"\\r\\n\\r\\n")
    sick = head.startswith(b"GET /healthz ") and Path({file!r}).exists()
    writer.write(b"HTTP/1.1 %d .\\r\\nconnection: close\\r\\n\\r\\n" % (503 if sick else 200))
    writer.close()


async def main():
    await (await asyncio.start_unix_server(answer, sys.argv[1])).serve_forever()


asyncio.run(main())
"""


def test_a_liveness_probe_that_fails(tmp_path: Path) -> None:
    """
    1. Three pods are alive, by their probe; then it fails, in all of them.

    Result: all are restarted and ready again; before, none was.
    """
    file = tmp_path / "sick"
    (tmp_path / "v1.py").write_text(SICK_WITH_A_FILE.format(file=str(file)), encoding="utf-8")
    text = (CHAPTER / "4.1_pipeline" / "deployment.yaml").read_text(encoding="utf-8")
    probe = "livenessProbe: {httpGet: {path: /healthz, port: 80}, periodSeconds: 1,"
    probe += " failureThreshold: 2}"
    manifest = tmp_path / "deployment.yaml"
    manifest.write_text(f"{text.rstrip()}\n          {probe}\n", encoding="utf-8")
    command = (
        f"python -m stand_ins.cluster_api {{port}} {manifest} {tmp_path}/config {tmp_path}"
    )
    with start(command, ready="rolled out", name="cluster") as process:
        process.wait_log("is ready", times=3)
        before = process.tail(match="is restarted")
        file.touch()
        process.wait_log("is restarted", times=3, timeout=20)
        file.unlink()
        process.wait_log("is ready", times=6, timeout=20)

    assert not before
