"""
Replaces all instances of a fleet by those of another version: `python rolling.py VERSION`.
"""

import json
import os
import sys
import time
from http.client import HTTPConnection

FLEET = os.environ.get("FLEET", "127.0.0.1:8000")
READY_SECONDS = float(os.environ.get("READY_SECONDS", "10"))  # may an instance take


def ask(path, method="GET"):
    connection = HTTPConnection(FLEET, timeout=30)
    connection.request(method, path)
    answer = json.load(connection.getresponse())
    connection.close()
    return answer


def instances():
    """
    By name: version, running, ready, in_rotation, in_flight, requests, errors.
    """
    return {instance["name"]: instance for instance in ask("/fleet")}


def start(version):
    """
    Start an instance, and return its name; it is not ready yet, and gets no requests.
    """
    return ask(f"/fleet/start/{version}", "POST")["name"]


def add(name):
    """
    Let an instance get requests.
    """
    ask(f"/fleet/{name}/add", "POST")


def remove(name):
    """
    Let an instance get no new requests; it still answers those in flight.
    """
    ask(f"/fleet/{name}/remove", "POST")


def stop(name):
    """
    End an instance's process, whatever it is doing.
    """
    ask(f"/fleet/{name}/stop", "POST")


# --- yours from here
# TODO: nobody notices: neither that a good version comes, nor that a bad one does not.
def roll(version):
    """
    Return the exit code: 0 if all instances are of the version.
    """
    for old in instances():
        stop(old)
        remove(old)
        add(start(version))
        time.sleep(0.1)
    return 0


# --- to here

if __name__ == "__main__":
    sys.exit(roll(sys.argv[1]))
