"""
A trial as it is typed, and what it said; its upstream.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).parent / "programs"
COURSE = (str(Path(sys.executable).with_name("course")),)
PATIENT = ("--limit", "600")  # on a busy machine a trial takes longer, and finds the same
WITNESS = (sys.executable, str(Path(__file__).with_name("witness.py")))


class Stock(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        time.sleep(0.05)  # what a call costs
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"42")

    def log_message(self, *_: object) -> None:
        pass


class Upstream(ThreadingHTTPServer):
    request_queue_size = 128  # with five, twelve callers together would wait for the kernel


def command(
    service: str, *options: str, said: Path, course: Sequence[str] = COURSE
) -> list[str]:
    return [*course, "trial", "--json", str(said), *options, "--", *service.split()]


def environ(**more: str) -> dict[str, str]:
    """
    What a shell has in which the service's own environment is active.
    """
    programs = Path(sys.executable).parent
    return {"PATH": f"{programs}:{os.defpath}", "HOME": os.environ["HOME"], **more}


def trial(
    folder: Path, service: str, *options: str, course: Sequence[str] = COURSE, **env: str
) -> tuple[str, dict[str, Any]]:
    """
    The page, and all that was seen.
    """
    said = folder.with_name("said.json")
    done = subprocess.run(
        command(service, *options, said=said, course=course),
        cwd=folder,
        env=environ(**env),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, json.loads(said.read_text(encoding="utf-8"))


def causes(said: dict[str, Any], level: str) -> list[str]:
    return [each["cause"] for each in said["findings"] if each["level"] == level]
