"""
Tells a file that it was started, with which environment, and every request: run as
`python tells.py PORT FILE`. It has a child in a session of its own, and writes into its folder.
"""

import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def tell(**what: object) -> None:
    with Path(sys.argv[2]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(what) + "\n")


class Any(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        tell(method=self.command, peer=self.client_address[0])
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"ok")

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


Path("written").write_text("by the service", encoding="utf-8")
child = subprocess.Popen(["sleep", "600"], start_new_session=True)
tell(pids=[os.getpid(), child.pid], folder=str(Path.cwd()), environ=dict(os.environ))
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Any).serve_forever()
