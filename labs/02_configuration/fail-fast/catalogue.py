"""
The shop's catalogue, a service of somebody else's: python catalogue.py PORT KEY
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Catalogue(BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.headers.get("Authorization") == f"Bearer {sys.argv[2]}"
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(b"42")

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Catalogue).serve_forever()
