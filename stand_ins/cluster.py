"""
Not Kubernetes: a Deployment, the controller that rolls it out, and a Service before its pods.

Pods are processes of this machine. A pod is ready when its readiness probe says so, and the
Service sends each connection to one of those that are ready. A pod whose liveness probe fails
too often in a row is ended, within the pod's grace period, and started again. There are no
nodes, no networks, no users, and no second Deployment. What has ended is started again after a
second; a kubelet does so at once, then after ten seconds, after twenty, and so on, up to five
minutes. `cluster_api.py` is what kubectl talks to.
"""

import asyncio
import copy
import hashlib
import itertools
import json
import math
import random
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

TICK = 0.05  # seconds between two looks of the controller
REVISION = "deployment.kubernetes.io/revision"


Tree = dict[str, Any]  # what a manifest has under names


class Pod:
    """
    A process of one version, and what the Service and the controller know of it.
    """

    def __init__(self, replica_set: str, spec: Tree, versions: Path, address: str) -> None:
        (container,) = spec["containers"]
        self.replica_set = replica_set
        self.address = address
        self.ready = False
        self.open = 0  # connections
        self.readiness = container.get("readinessProbe")
        self.grace = spec.get("terminationGracePeriodSeconds", 30)
        self.liveness: asyncio.Task[None] | None = None
        if probe := container.get("livenessProbe"):
            self.liveness = asyncio.create_task(self.keep_alive(probe))
        tag = container["image"].rpartition(":")[2]
        self.command = [sys.executable, str(versions / f"{tag}.py"), address]
        self.start()

    def start(self) -> None:
        self.started = time.monotonic()
        self.has_been_ready = False
        self.asked = -math.inf  # its readiness probe
        self.unready = 1  # times in a row
        self.process = subprocess.Popen(self.command, stderr=subprocess.DEVNULL)

    def end(self) -> None:
        if self.liveness is not None:
            self.liveness.cancel()
        self.process.terminate()
        self.process.wait()

    async def keep_alive(self, probe: Tree) -> None:
        """
        End what does not answer its liveness probe; `look()` starts it again.

        It is asked once it has been ready, as with a startup probe.
        """
        path, seconds = probe["httpGet"]["path"], probe.get("timeoutSeconds", 1)
        failures = 0
        while True:
            await asyncio.sleep(probe.get("periodSeconds", 10))
            fails = self.has_been_ready and not await self.answers(path, seconds)
            failures = failures + 1 if fails else 0
            if failures == probe.get("failureThreshold", 3):
                failures = 0
                await self.restart()

    async def restart(self) -> None:
        print(f"{self.address} is restarted", flush=True)
        self.has_been_ready = False
        self.process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.grace):
                while self.process.poll() is None:
                    await asyncio.sleep(TICK)
        self.process.kill()

    async def look(self) -> None:
        """
        Start it again if it has ended, and ask whether it is ready.
        """
        alive = self.process.poll() is None
        if not alive and time.monotonic() > self.started + 1:
            self.start()
        ready = alive and (self.readiness is None or await self.says_ready(self.readiness))
        if ready != self.ready:
            print(f"{self.address} is {'ready' if ready else 'not ready'}", flush=True)
        self.ready = ready
        self.has_been_ready |= ready

    async def says_ready(self, probe: Tree) -> bool:
        """
        What its readiness probe comes to, which is asked at each look, or as often as it says.
        """
        now = time.monotonic()
        if now - self.asked >= probe.get("periodSeconds", 0):
            self.asked = now
            answers = await self.answers(
                probe["httpGet"]["path"], probe.get("timeoutSeconds", 1)
            )
            self.unready = 0 if answers else self.unready + 1
        allowed: int = probe.get("failureThreshold", 1) if self.ready else 1
        return self.unready < allowed

    async def answers(self, path: str, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                reader, writer = await asyncio.open_unix_connection(self.address)
                writer.write(f"GET {path} HTTP/1.1\r\nhost: pod\r\n\r\n".encode())
                status = (await reader.readline()).split()
                writer.close()
                return len(status) > 1 and int(status[1]) < 400
        except (OSError, TimeoutError):
            return False


class Cluster:
    """
    One Deployment, its ReplicaSets, its pods, its Service, and the controller's loop.

    In the folder `versions` there is a program for each tag of the image.
    """

    def __init__(self, manifest: Tree, versions: Path) -> None:
        self.deployment = manifest
        self.versions = versions
        manifest["metadata"] |= {"uid": "1", "generation": 1, "annotations": {}}
        self.replica_sets: dict[
            str, Tree
        ] = {}  # by the hash of their template: the template and a revision
        self.pods: list[Pod] = []
        self.leaving: list[Pod] = []  # pods that get no new connections
        self.numbers = itertools.count(1)
        self.changed = asyncio.Condition()

    @property
    def version(self) -> int:
        return int(self.deployment["metadata"].get("resourceVersion", 0))

    async def publish(self) -> None:
        """
        Tell everybody who watches that the Deployment has changed.
        """
        async with self.changed:
            self.deployment["metadata"]["resourceVersion"] = str(self.version + 1)
            self.changed.notify_all()

    async def control(self) -> None:
        while True:
            await self.step()
            await asyncio.sleep(TICK)

    async def step(self) -> None:
        """
        One step from what there is towards what the Deployment asks for.
        """
        spec = self.deployment["spec"]
        generation = self.deployment["metadata"]["generation"]  # it may change while we look
        limits = spec["strategy"]["rollingUpdate"]
        wanted = self.replica_set(spec["template"])
        before = self.count(wanted)
        await asyncio.gather(*(pod.look() for pod in self.pods))
        new = [pod for pod in self.pods if pod.replica_set == wanted]
        old = sorted(set(self.pods) - set(new), key=lambda pod: pod.ready)
        ready = sum(pod.ready for pod in self.pods)
        if (
            len(new) < spec["replicas"]
            and len(self.pods) < spec["replicas"] + limits["maxSurge"]
        ):
            address = f"pod-{next(self.numbers)}"
            self.pods.append(Pod(wanted, spec["template"]["spec"], self.versions, address))
        elif old and (not old[0].ready or ready > spec["replicas"] - limits["maxUnavailable"]):
            self.pods.remove(old[0])
            self.leaving.append(old[0])
        for pod in [pod for pod in self.leaving if not pod.open]:
            pod.end()
            self.leaving.remove(pod)
        if self.count(wanted) != before:
            self.progressed = time.monotonic()
        await self.report(wanted, generation)

    def replica_set(self, template: Tree) -> str:
        """
        The name of the ReplicaSet for a template, which is the newest from now on.
        """
        text = json.dumps(without_nothing(template), sort_keys=True)
        name = hashlib.sha256(text.encode()).hexdigest()[:8]
        newest = max((kept["revision"] for kept in self.replica_sets.values()), default=0)
        kept = self.replica_sets.setdefault(name, {"template": copy.deepcopy(template)})
        if kept.get("revision", 0) < newest or not newest:
            kept["revision"] = newest + 1
            self.deployment["metadata"]["annotations"][REVISION] = str(newest + 1)
            self.progressed = time.monotonic()
        return name

    def count(self, wanted: str) -> tuple[int, int, int, int]:
        """
        How many pods there are; are wanted; are wanted and ready; are ready.
        """
        new = [pod for pod in self.pods if pod.replica_set == wanted]
        ready = sum(pod.ready for pod in self.pods)
        return len(self.pods), len(new), sum(pod.ready for pod in new), ready

    async def report(self, wanted: str, generation: int) -> None:
        """
        Write the status that `kubectl rollout status` reads.
        """
        spec = self.deployment["spec"]
        limits = spec["strategy"]["rollingUpdate"]
        every, new, new_ready, ready = self.count(wanted)
        done = every == new == new_ready == spec["replicas"]
        late = time.monotonic() > self.progressed + spec.get("progressDeadlineSeconds", 600)
        reason = "NewReplicaSetAvailable" if done else "ReplicaSetUpdated"
        condition = {"type": "Progressing", "status": "True", "reason": reason}
        if late and not done:
            condition |= {"status": "False", "reason": "ProgressDeadlineExceeded"}
        enough = ready >= spec["replicas"] - limits["maxUnavailable"]
        reason = f"MinimumReplicas{'Available' if enough else 'Unavailable'}"
        available = {"type": "Available", "status": str(enough), "reason": reason}
        status = {
            "observedGeneration": generation,
            "replicas": every,
            "updatedReplicas": new,
            "readyReplicas": ready,
            "availableReplicas": ready,
            "unavailableReplicas": max(0, spec["replicas"] - ready),
            "conditions": [available, condition],
        }
        if self.deployment.get("status") != status:
            self.deployment["status"] = status
            await self.publish()
            if done:
                print("rolled out", flush=True)

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """
        The Service: send a connection to a pod that is ready, and bytes both ways.
        """
        ready = [pod for pod in self.pods if pod.ready]
        if not ready:
            writer.close()
            return
        pod = random.choice(ready)
        pod.open += 1
        with suppress(OSError):
            there, back = await asyncio.open_unix_connection(pod.address)
            await asyncio.gather(copy_bytes(reader, back), copy_bytes(there, writer))
        pod.open -= 1
        writer.close()

    def end(self) -> None:
        for pod in self.pods + self.leaving:
            pod.end()


async def copy_bytes(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await source.read(65536):
            sink.write(piece)
            await sink.drain()
    sink.close()


def without_nothing(value: Any) -> Any:
    """
    A template without what is empty: kubectl writes some of it, and means the same.
    """
    if isinstance(value, dict):
        kept = {key: without_nothing(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner not in (None, {}, [])}
    return [without_nothing(inner) for inner in value] if isinstance(value, list) else value
