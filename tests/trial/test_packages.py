"""
What a trial finds in programs whose packages the course does not use: in an environment of
their own, made from `packages.txt`; each is as small as its own tutorial has it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.trial.as_typed import PATIENT, causes, trial

PACKAGES = Path(__file__).with_name("packages.txt")

pytestmark = [
    pytest.mark.kept_with(
        "workbench/trial", "workbench/__main__.py", "tests/trial", sampled=False
    ),
    pytest.mark.timeout(600),
]

# a name, the command, its problems, what may be one by chance, what it may be asked
PROGRAMS = {
    "Django, uvicorn": ("uvicorn django_shop:asgi --port {port}", set(), set(), {"late"}),
    "Django, gunicorn": (
        "gunicorn --bind 127.0.0.1:{port} --workers 2 django_shop:wsgi",
        set(),
        set(),
        {"late", "sigint", "half-sent", "connections", "beside", "outlived"},
    ),
    "aiohttp": ("python aiohttp_shop.py {port}", set(), set(), {"late", "sigint"}),
    "hypercorn": (
        "hypercorn --bind 127.0.0.1:{port} starlette_shop:app",
        set(),
        set(),
        {"late", "sigint", "outlived"},
    ),
    # A SIGTERM in the moment before its handler stands is lost.
    "granian": (
        "granian --interface asgi --host 127.0.0.1 --port {port} starlette_shop:app",
        set(),
        {"start"},
        {"late", "sigint", "outlived"},
    ),
    "waitress": (
        "waitress-serve --listen 127.0.0.1:{port} flask_shop:app",
        {"no handler"},
        set(),
        {"sigint", "beside"},
    ),
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    The folder with the programs of an environment that has the packages.
    """
    environment = tmp_path_factory.mktemp("packages")
    python = environment / "bin" / "python"
    for command in (
        [sys.executable, "-m", "venv", environment],
        [python, "-m", "pip", "install", "--quiet", "--requirement", PACKAGES],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            words = (done.stderr or done.stdout or "it said nothing").strip()
            pytest.skip(f"{PACKAGES.name} cannot be installed here: {words.splitlines()[-1]}")
    return python.parent


# In one process, which makes the environment once.
@pytest.mark.parametrize("name", PROGRAMS, ids=[f"{name}@packages" for name in PROGRAMS])
def test_a_package(name: str, folder: Path, programs: Path) -> None:
    """
    A program has the problem that it has, and no other.
    """
    command, problems, perhaps, asked = PROGRAMS[name]

    text, said = trial(
        folder,
        command,
        *("--grace", "8", "--request", "GET /", "--request", "GET /slow", *PATIENT),
        PATH=f"{programs}{os.pathsep}{os.defpath}",
    )

    found = set(causes(said, "problem"))
    assert problems <= found <= problems | perhaps, text
    assert set(causes(said, "depends")) <= asked, text
