"""
Works a twentieth of a second for each request, one after the other, and measures it.
"""

import time

from prometheus_client import Histogram, generate_latest

DURATION = Histogram("duration_seconds", "From the request to the answer.")


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/metrics":
        return [generate_latest()]
    with DURATION.time():
        time.sleep(0.05)
    return [b"done"]
