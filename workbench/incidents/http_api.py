"""
The supervisor's HTTP API: what a responder reads and does.

    GET  /page /metrics?window=5 /logs?component=api-1&match=…&last=20 /trace?id=r000123
         /difference?component=api /sessions /secrets /journal
    POST /lever {"lever": "restart", "arguments": ["api-1"]}
         /ack {"component": "api", "mechanism": "hangs"}    /done {}

All answers are JSON; a refusal is 400 with {"error": …}. Readings never wait for a lever.
"""

import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from workbench.errors import WorkbenchError

Answer = Callable[..., object]


def serve(readings: Mapping[str, Answer], deeds: Mapping[str, Answer]) -> str:
    """
    Serve on a free port until the process ends; return the address.

    Args:
        readings: By path, what a GET calls with its query.
        deeds: By path, what a POST calls with the object that is its body.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._answer(readings.get(parts.path), dict(parse_qsl(parts.query)))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self._answer(deeds.get(self.path), json.loads(body or b"{}"))

        def log_message(self, *_: Any) -> None:
            pass

        def _answer(self, answer: Answer | None, given: Mapping[str, Any]) -> None:
            status = 200
            content: object = None
            if answer is None:
                status, content = 404, {"error": f"There is nothing at {self.path}."}
            else:
                try:
                    content = answer(**given)
                except (WorkbenchError, TypeError, ValueError) as refusal:
                    status, content = 400, {"error": str(refusal)}
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, name="api", daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
