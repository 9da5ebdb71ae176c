"""
No Docker engine: it takes what the `docker` command sends to one, and writes that down.

    python -m stand_ins.no_engine PORT
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class NoEngine(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        container = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        print("Env:", json.dumps(container["Env"]))
        self.answer(201, b'{"Id": "none", "Warnings": []}')

    def do_HEAD(self) -> None:
        self.answer(200, b"")

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Api-Version", "1.40")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), NoEngine).serve_forever()
