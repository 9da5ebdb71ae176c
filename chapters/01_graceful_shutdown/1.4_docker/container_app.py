"""
A service that drains on SIGTERM. Standard library only: it runs in any image that has Python.

    python container_app.py PORT
"""

import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/work/"):  # /work/0.5 takes half a second
            print("request started", flush=True)
            time.sleep(float(self.path.removeprefix("/work/")))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"done\n")

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close() waits for the requests in flight


def drain(signum, frame):
    print("Shutting down", flush=True)
    # shutdown() waits for the loop that this handler interrupts, so it needs a thread.
    threading.Thread(target=server.shutdown).start()


server = Server((os.environ.get("HOST", "127.0.0.1"), int(sys.argv[1])), Handler)
signal.signal(signal.SIGTERM, drain)
print(f"I am process {os.getpid()}", flush=True)
server.serve_forever(poll_interval=0.05)

server.server_close()
print("cleanup began", flush=True)
time.sleep(0.25)  # buffers to flush, connections to give back
print("cleanup done", flush=True)

# Die of the signal, as uvicorn does: whoever waits for us learns why we ended.
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.raise_signal(signal.SIGTERM)
