"""
Not Vault: a stand-in that speaks as much of its KV v2 as one notebook asks, and checks a token.

No seal, no policies, no audit log, no leases; what it is told is gone when it ends.
"""

import json
import sys
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "course"  # noqa: S105 - opens nothing
STATE = {"sealed": False, "version": "a stand-in for it"}
Tree = dict[str, Any]

secrets: dict[str, list[Tree]] = {}  # path: its versions, the first of which is number 1


def describe(number: int, version: Tree) -> Tree:
    return {"version": number} | {k: v for k, v in version.items() if k != "data"}


def write(path: str, asked: Tree) -> tuple[int, Tree]:
    versions = secrets.setdefault(path, [])
    if asked.get("options", {}).get("cas", len(versions)) != len(versions):
        problem = "check-and-set parameter did not match the current version"
        return 400, {"errors": [problem]}
    now = datetime.now(UTC).isoformat()
    versions.append({"data": asked["data"], "created_time": now, "deletion_time": ""})
    return 200, {"data": describe(len(versions), versions[-1])}


def read(path: str, number: int) -> tuple[int, Tree]:
    versions = secrets.get(path, [])
    number = number or len(versions)
    if not 1 <= number <= len(versions):
        return 404, {"errors": []}
    version = versions[number - 1]
    return 200, {"data": {"data": version["data"], "metadata": describe(number, version)}}


def answer(
    method: str, path: str, query: dict[str, list[str]], body: bytes
) -> tuple[int, Tree | None]:
    if path == "sys/health":
        return 200, STATE
    if path == "auth/token/lookup-self":
        return 200, {"data": {}}
    if method == "DELETE":
        secrets.pop(path.removeprefix("secret/metadata/"), None)
        return 204, None
    path = path.removeprefix("secret/data/")
    if method == "GET":
        return read(path, int(query.get("version", ["0"])[0]))
    return write(path, json.loads(body))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = url.path.removeprefix("/v1/")
        status = 403
        said: Tree | None = {"errors": ["permission denied"]}
        if self.headers.get("X-Vault-Token") == TOKEN:
            status, said = answer(self.command, path, parse_qs(url.query), body)
        content = b"" if said is None else json.dumps(said).encode()
        self.send_response(status)
        if said is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    print("listening", flush=True)
    server.serve_forever()
