"""
What needs a Docker engine says in a sentence what is missing, and explains itself without one.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
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


# What stands in the way of a classroom is said before anything is built.

DOCKER = """\
#!/bin/sh
echo "$*" >>"$0.calls"
case "$*" in
ps*) {ps} ;;
*"config --images"*) echo course; echo redis ;;
"image inspect"*) {inspect} ;;
*" port course "*) {port} ;;
*logs*) echo 'http://127.0.0.1:{taken}/lab?token=it' ;;
esac
"""


@pytest.fixture
def taken() -> Iterator[int]:
    """
    A port on which somebody listens.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free() -> int:
    """
    A port on which nobody listens.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture
def up(programs: Path) -> Callable[..., tuple[int, str, list[str]]]:
    """
    Runs `make up` with a docker that does as it is told: exit code, what was said, and the
    line with which the classroom was started, if it was.
    """
    for name in ("bash", "grep", "tail"):
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"{name} is not on PATH")
        (programs / name).symlink_to(found)

    def up(
        *words: str, ps: str = ":", inspect: str = ":", port: str = ":", taken: int = 0
    ) -> tuple[int, str, list[str]]:
        docker = programs / "docker"
        docker.write_text(DOCKER.format(ps=ps, inspect=inspect, port=port, taken=taken))
        docker.chmod(0o755)
        done = run(programs, "make", "up", *words)
        calls = (programs / "docker.calls").read_text(encoding="utf-8").splitlines()
        (programs / "docker.calls").unlink()
        started = [call for call in calls if " up " in call]
        return done.returncode, done.stderr + done.stdout.strip(), started

    return up


def test_a_free_port(up, free: int) -> None:
    """
    The classroom is built and started, and its address is the last that is said.
    """
    code, said, started = up(f"PORT={free}", taken=free)

    assert code == 0, said
    assert started == ["compose up --build --detach --wait"]
    assert said.endswith(f"http://127.0.0.1:{free}/lab?token=it")


def test_a_taken_port(up, taken: int) -> None:
    """
    It is named, and another one; nothing was built.
    """
    code, said, started = up(f"PORT={taken}")

    assert code != 0
    assert f"Port {taken} is taken" in said
    assert f"make up PORT={taken + 1}" in said
    assert started == []


def test_a_port_that_the_classroom_has_already(up, taken: int) -> None:
    """
    `make up` again brings the one that runs up to date.
    """
    code, said, started = up(f"PORT={taken}", port=f"echo 127.0.0.1:{taken}")

    assert code == 0, said
    assert started == ["compose up --build --detach --wait"]


@pytest.mark.parametrize("port", ["0", "80", "8888x", "123456"])
def test_no_port(up, port: str) -> None:
    """
    What is none is said to be none.
    """
    code, said, started = up(f"PORT={port}")

    assert code != 0
    assert f"PORT={port} is not a port" in said
    assert started == []


def test_a_classroom_of_another_folder(up, free: int) -> None:
    """
    It is not replaced: its folder is named, and how to open a second one, which has a name.
    """
    elsewhere = "echo /home/ada/course"
    code, said, started = up(f"PORT={free}", ps=elsewhere)

    assert code != 0
    assert "A classroom of /home/ada/course is open on this machine" in said
    assert "make up ROOM=two PORT=8890" in said
    assert started == []

    code, said, started = up(f"PORT={free}", "ROOM=two", ps=f"echo {ROOT}")

    assert code == 0, said
    assert started == [
        "compose --project-name production-practice-two up --build --detach --wait"
    ]


@pytest.mark.parametrize("room", ["Blue", "a room", "-x", "a/b"])
def test_no_name_of_a_room(up, free: int, room: str) -> None:
    """
    What Compose would refuse is refused in a sentence.
    """
    code, said, started = up(f"PORT={free}", f"ROOM={room}")

    assert code != 0
    assert f"ROOM={room} is no name" in said
    assert started == []


def test_images_that_were_handed_on(up, free: int) -> None:
    """
    With BUILD=no they are taken as they are; one that is not here is named.
    """
    code, said, started = up(f"PORT={free}", "BUILD=no")

    assert code == 0, said
    assert started == ["compose up --no-build --detach --wait"]

    code, said, started = up(f"PORT={free}", "BUILD=no", inspect='[ "$3" = course ]')

    assert code != 0
    assert "BUILD=no takes the images that are here, and redis is not." in said
    assert started == []
