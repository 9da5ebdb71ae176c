"""
Not the API of Kubernetes: the part of it that kubectl needs to roll out one Deployment.

    python -m stand_ins.cluster_api PORT MANIFEST KUBECONFIG VERSIONS

VERSIONS is a folder with a program for each tag of the image. It writes to KUBECONFIG where
kubectl finds it, and prints where users find the Service.

kubectl asks which resources there are, gets and patches the Deployment, watches it, and lists
its ReplicaSets to find what to roll back to. Nobody has to log in, and nothing is validated.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, chdir, suppress
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from stand_ins.cluster import REVISION, Cluster, Tree

VERBS = ["get", "list", "patch", "watch"]
RESOURCES = {"deployments": "Deployment", "replicasets": "ReplicaSet"}
HERE = "/apis/apps/v1/namespaces/default"


async def groups(request: Request) -> JSONResponse:
    version = {"groupVersion": "apps/v1", "version": "v1"}
    group = {"name": "apps", "versions": [version], "preferredVersion": version}
    return JSONResponse({"kind": "APIGroupList", "apiVersion": "v1", "groups": [group]})


async def core(request: Request) -> JSONResponse:
    return JSONResponse({"kind": "APIVersions", "versions": []})


async def resources(request: Request) -> JSONResponse:
    listed = [
        {"name": name, "singularName": kind.lower(), "kind": kind, "namespaced": True}
        | {"verbs": VERBS, "shortNames": ["deploy" if kind == "Deployment" else "rs"]}
        for name, kind in RESOURCES.items()
    ]
    found = {"kind": "APIResourceList", "groupVersion": "apps/v1", "resources": listed}
    return JSONResponse(found)


async def get(request: Request) -> JSONResponse:
    cluster = request.app.state.cluster
    if request.path_params["name"] != cluster.deployment["metadata"]["name"]:
        return failure(404, "NotFound", "there is no such deployment")
    return JSONResponse(cluster.deployment)


async def patch(request: Request) -> JSONResponse:
    """
    Change the Deployment, as `set image` (a strategic merge) and `undo` (a JSON patch) ask.
    """
    cluster = request.app.state.cluster
    before = json.dumps(cluster.deployment["spec"], sort_keys=True)
    change = await request.json()
    if "json-patch" in request.headers["content-type"]:
        replace(cluster.deployment, change)
    else:
        merge(cluster.deployment, change)
    if json.dumps(cluster.deployment["spec"], sort_keys=True) != before:
        cluster.deployment["metadata"]["generation"] += 1
        await cluster.publish()
    return JSONResponse(cluster.deployment)


async def list_or_watch(request: Request) -> Response:
    cluster = request.app.state.cluster
    asked = request.query_params
    if "sendInitialEvents" in asked:  # kubectl then lists and watches instead
        return failure(422, "Invalid", "no list is streamed here")
    if asked.get("watch") in ("true", "1"):
        return StreamingResponse(
            events(cluster, int(asked["resourceVersion"])), media_type="application/json"
        )
    return JSONResponse(a_list("DeploymentList", [cluster.deployment], cluster))


async def events(cluster: Cluster, seen: int) -> AsyncIterator[str]:
    """
    The Deployment, a line each time that it has changed.
    """
    while True:
        async with cluster.changed:
            while cluster.version == seen:
                await cluster.changed.wait()
        seen = cluster.version
        yield json.dumps({"type": "MODIFIED", "object": cluster.deployment}) + "\n"


async def replica_sets(request: Request) -> JSONResponse:
    cluster = request.app.state.cluster
    name, uid = (cluster.deployment["metadata"][key] for key in ("name", "uid"))
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "uid": uid}
    owner["controller"] = True
    items = [
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"{name}-{suffix}",
                "namespace": "default",
                "uid": suffix,
                "labels": kept["template"]["metadata"]["labels"],
                "annotations": {REVISION: str(kept["revision"])},
                "ownerReferences": [owner],
            },
            "spec": {
                "replicas": sum(pod.replica_set == suffix for pod in cluster.pods),
                "selector": cluster.deployment["spec"]["selector"],
                "template": kept["template"],
            },
        }
        for suffix, kept in cluster.replica_sets.items()
    ]
    return JSONResponse(a_list("ReplicaSetList", items, cluster))


def a_list(kind: str, items: list[Tree], cluster: Cluster) -> Tree:
    metadata = {"resourceVersion": str(cluster.version)}
    return {"kind": kind, "apiVersion": "apps/v1", "metadata": metadata, "items": items}


def failure(code: int, reason: str, message: str) -> JSONResponse:
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code}
    return JSONResponse(status | {"reason": reason, "message": message}, code)


def merge(old: Tree, change: Tree) -> None:
    """
    A strategic merge, as far as needed: containers are the same if their names are.
    """
    for key, value in change.items():
        if key == "containers":
            for container in value:
                merge(next(c for c in old[key] if c["name"] == container["name"]), container)
        elif isinstance(value, dict):
            merge(old.setdefault(key, {}), value)
        elif not key.startswith("$"):
            old[key] = value


def replace(old: Tree, operations: list[Tree]) -> None:
    """
    A JSON patch, as far as needed.
    """
    for operation in operations:
        *parents, last = operation["path"].strip("/").split("/")
        place: Any = old
        for key in parents:
            place = place[key]
        place[last] = operation["value"]


def kubeconfig(port: str) -> Tree:
    """
    What kubectl reads to find its cluster. (JSON is YAML.)
    """
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "here", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "you", "user": {}}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "you"}}],
        "current-context": "here",
    }


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    Path(sys.argv[3]).write_text(json.dumps(kubeconfig(sys.argv[1])), encoding="utf-8")
    manifest = yaml.safe_load(Path(sys.argv[2]).read_text(encoding="utf-8"))
    versions = Path(sys.argv[4]).resolve()
    with tempfile.TemporaryDirectory() as folder, chdir(folder):  # the pods' sockets are there
        app.state.cluster = cluster = Cluster(manifest, versions)
        service = await asyncio.start_server(cluster.forward, "127.0.0.1", 0)
        print(f"service: http://127.0.0.1:{service.sockets[0].getsockname()[1]}", flush=True)
        controller = asyncio.create_task(cluster.control())
        yield
        controller.cancel()
        with suppress(asyncio.CancelledError):
            await controller
        service.close()
        cluster.end()


routes = [
    Route("/api", core),
    Route("/apis", groups),
    Route("/apis/apps/v1", resources),
    Route(f"{HERE}/deployments", list_or_watch),
    Route(f"{HERE}/deployments/{{name}}", get),
    Route(f"{HERE}/deployments/{{name}}", patch, methods=["PATCH"]),
    Route(f"{HERE}/replicasets", replica_sets),
]

if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=routes, lifespan=lifespan),
        port=int(sys.argv[1]),
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
