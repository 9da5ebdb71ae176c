"""
A service that does everything wrong: run as `python wrong.py PORT`.
"""

import os
import signal
import sys
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

LOCK = Path("wrong.lock")


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/report":
            time.sleep(0.5)
        if self.path == "/stock":
            urllib.request.urlopen(os.environ["STOCK"]).read()
        if self.path == "/pay" and not os.environ["API_KEY"]:
            raise KeyError
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


signal.signal(signal.SIGTERM, lambda *_: print("not now", flush=True))
signal.signal(signal.SIGINT, signal.SIG_IGN)
if LOCK.exists():
    sys.exit(f"already running, says {LOCK}")
LOCK.touch()
HTTPServer(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()
