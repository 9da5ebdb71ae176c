"""
Not Azure Key Vault: a stand-in that keeps versions of secrets, over TLS, and checks a token.

No access policies, no purge protection, no audit log; what it is told is gone when it ends.
"""

import json
import secrets
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "course"  # noqa: S105 - opens nothing
CHALLENGE = (
    'Bearer authorization="https://login.microsoftonline.com/'
    '00000000-0000-0000-0000-000000000000", resource="https://vault.azure.net"'
)
kept: dict[str, dict[str, str]] = {}  # name: its versions, from the oldest to the newest


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.say(401, {"error": {"code": "Unauthorized", "message": "no token"}})
        _, name, version = (*self.path.split("?")[0].strip("/").split("/"), "")[:3]
        versions = kept.setdefault(name, {})
        if self.command == "PUT":
            version = secrets.token_hex(16)
            versions[version] = json.loads(body)["value"]
        version = version or next(reversed(versions), "")
        if version not in versions:
            return self.say(404, {"error": {"code": "SecretNotFound", "message": name}})
        address = f"https://{self.headers['Host']}/secrets/{name}/{version}"
        return self.say(200, {"id": address, "value": versions[version], "attributes": {}})

    def say(self, status: int, answer: dict[str, Any]) -> None:
        said = json.dumps(answer).encode()
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", CHALLENGE)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_PUT = handle_any  # noqa: N815


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print("listening", flush=True)
    server.serve_forever()
