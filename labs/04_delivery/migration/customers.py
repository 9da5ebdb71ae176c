"""
What all versions share: GET reads a customer, PUT changes one, POST adds one.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import psycopg


def serve(read, change, add):
    database = psycopg.connect(
        os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=None
    )

    class Handler(BaseHTTPRequestHandler):
        def answer(self, statement):
            length = int(self.headers.get("Content-Length", 0))
            values = {"id": self.path[1:], "value": self.rfile.read(length).decode()}
            try:
                cursor = database.execute(statement, values)
                row = cursor.fetchone() if cursor.description else ("done",)
                status, text = 200, str(row[0])
            except psycopg.Error as error:
                status, text = 500, f"{type(error).__name__}: {error}".splitlines()[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def do_GET(self):
            if self.path == "/healthz":
                return self.answer("SELECT 'ok'")
            return self.answer(read)

        def do_PUT(self):
            self.answer(change)

        def do_POST(self):
            self.answer(add)

        def log_message(self, *_):
            pass

    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
