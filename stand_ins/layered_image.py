"""
Not a container engine: writes the layers and the config of an image, and runs no command.

`COPY` and `RUN rm` change files; another RUN is only noted in the history, in Docker's words:
with the build arguments and their values. There is no base image. What is written is what a
registry keeps: blobs named by their digest, and a manifest that lists them.
"""

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

WHITEOUT = ".wh."  # a file of this prefix says: the one without it is gone


def build(folder: Path, dockerfile: str, image: Path, args: dict[str, str]) -> None:
    """
    Write the image of a folder into another, empty folder.
    """
    config: dict[str, Any] = {
        "config": {"Env": []},
        "history": [],
        "rootfs": {"type": "layers"},
    }
    layers: list[bytes] = []
    declared: list[str] = []
    for line in dockerfile.splitlines():
        word, _, rest = line.partition(" ")
        note = line
        if word == "ARG":
            declared.append(f"{rest}={args[rest]}")
        elif word == "ENV":
            name, _, value = rest.partition("=")
            config["config"]["Env"].append(f"{name}={args.get(value.removeprefix('$'), value)}")
        elif word == "COPY":
            layers.append(pack(context(folder), rest.split()[1].strip("/")))
        elif word == "RUN":
            note = f"RUN |{len(declared)} {' '.join(declared)} /bin/sh -c {rest}"
            if rest.startswith("rm /"):
                place = Path(rest.removeprefix("rm /"))
                layers.append(pack({WHITEOUT + place.name: b""}, str(place.parent)))
        config["history"].append({"created_by": note})
    digests = [store(image, layer) for layer in layers]
    manifest = {"config": store(image, json.dumps(config).encode()), "layers": digests}
    (image / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def context(folder: Path) -> dict[str, bytes]:
    """
    What `COPY .` takes: all that .dockerignore does not name.
    """
    ignore = folder / ".dockerignore"
    ignored = ignore.read_text(encoding="utf-8").split() if ignore.exists() else []
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.name not in ignored}


def pack(files: dict[str, bytes], under: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"{under}/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue())


def store(image: Path, blob: bytes) -> str:
    digest = hashlib.sha256(blob).hexdigest()
    (image / digest).write_bytes(blob)
    return digest


def unpack(blob: bytes) -> dict[str, bytes]:
    """
    The files of one layer, by name.
    """
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(blob))) as archive:
        files = {entry.name: archive.extractfile(entry) for entry in archive}
        return {name: file.read() for name, file in files.items() if file is not None}


def pull(image: Path) -> tuple[list[dict[str, bytes]], dict[str, Any]]:
    """
    The layers and the config, as whoever may pull the image gets them.
    """
    manifest = json.loads((image / "manifest.json").read_text(encoding="utf-8"))
    layers = [unpack((image / digest).read_bytes()) for digest in manifest["layers"]]
    return layers, json.loads((image / manifest["config"]).read_bytes())


def merge(layers: list[dict[str, bytes]]) -> dict[str, bytes]:
    """
    The files that a container sees: the layers over each other.
    """
    files: dict[str, bytes] = {}
    for layer in layers:
        for name, content in layer.items():
            place = Path(name)
            if place.name.startswith(WHITEOUT):
                files.pop(str(place.with_name(place.name.removeprefix(WHITEOUT))), None)
            else:
                files[name] = content
    return files
