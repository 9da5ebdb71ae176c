"""
Not Docker: pushes images of one file to a registry, and pulls them, with plain HTTP.

The calls are those of the OCI distribution specification; the registry is a real one.
"""

import gzip
import hashlib
import io
import json
import tarfile
from typing import Any

import httpx2

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def push(registry: str, tag: str, text: str) -> str:
    """
    Push an image with one file to `registry`, and return its digest.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("version.txt")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text.encode()))
    layer = gzip.compress(buffer.getvalue(), mtime=0)
    with httpx2.Client(base_url=f"{registry}/v2/myapp", follow_redirects=True) as client:
        config: dict[str, Any] = {"architecture": "amd64", "os": "linux", "config": {}}
        config["rootfs"] = {"type": "layers", "diff_ids": [digest_of(buffer.getvalue())]}
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": upload(client, json.dumps(config).encode(), "config.v1+json"),
            "layers": [upload(client, layer, "layer.v1.tar+gzip")],
        }
        answer = client.put(
            f"/manifests/{tag}", json=manifest, headers={"Content-Type": MANIFEST}
        )
        return answer.raise_for_status().headers["Docker-Content-Digest"]


def upload(client: httpx2.Client, content: bytes, kind: str) -> dict[str, Any]:
    """
    Upload what an image consists of; return how its manifest names it.
    """
    place = client.post("/blobs/uploads/").raise_for_status().headers["Location"]
    digest = digest_of(content)
    client.put(
        httpx2.URL(place).copy_merge_params({"digest": digest}), content=content
    ).raise_for_status()
    name = f"application/vnd.oci.image.{kind}"
    return {"mediaType": name, "digest": digest, "size": len(content)}


def pull(registry: str, reference: str) -> str:
    """
    Pull an image by its tag or its digest, and return the text in it.
    """
    with httpx2.Client(base_url=f"{registry}/v2/myapp", follow_redirects=True) as client:
        answer = client.get(f"/manifests/{reference}", headers={"Accept": MANIFEST})
        (layer,) = answer.raise_for_status().json()["layers"]
        content = client.get(f"/blobs/{layer['digest']}").raise_for_status().content
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        file = archive.extractfile("version.txt")
        assert file is not None
        return file.read().decode()


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
