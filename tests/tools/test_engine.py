"""
What needs a Docker engine says in a sentence what is missing, and explains itself without one.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import ROOT

DEMONSTRATIONS = ("docker_stop", "secret_deliveries", "haproxy")
NO_COMPOSE = """[ "$1" = compose ] && { echo "docker: 'compose' is no command" >&2; exit 1; }"""
NO_ENGINE = """[ "$1" = info ] && { echo "Cannot connect to the Docker daemon" >&2; exit 1; }"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """
    The only folder on PATH: a shell, and a make that uses it.
    """
    for name in ("sh", "make"):
        found = shutil.which(name)
        assert found, f"{name} is not on PATH"
        (tmp_path / name).symlink_to(found)
    return tmp_path


def run(programs: Path, *command: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=ROOT,
        env={"PATH": str(programs), "HOME": os.devnull},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("docker", "said"),
    [
        (None, "there is no docker on PATH"),
        (NO_COMPOSE, "`docker compose version` fails: install it"),
        (NO_ENGINE, "Cannot connect to the Docker daemon"),
    ],
    ids=["no docker", "no Compose", "no engine"],
)
def test_what_is_missing(programs: Path, docker: str | None, said: str) -> None:
    """
    Each program and `make up` stop before they have done anything.
    """
    if docker:
        (programs / "docker").write_text(f"#!/bin/sh\n{docker}\nexit 0\n")
        (programs / "docker").chmod(0o755)
    commands = [(sys.executable, "-m", f"demos.{name}") for name in DEMONSTRATIONS]

    for command in (*commands, ("make", "up"), ("make", "down")):
        done = run(programs, *command)

        assert done.returncode != 0
        assert said in done.stderr
        assert done.stdout == ""
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", DEMONSTRATIONS)
def test_help(programs: Path, name: str) -> None:
    """
    `--help` needs no engine.
    """
    done = run(programs, sys.executable, "-m", f"demos.{name}", "--help")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: python3 -m demos.{name} [-h]")
