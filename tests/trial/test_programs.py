"""
What a trial finds in programs of all kinds: the problem that each has, and no false alarm.

Each alarm was once a false one: requests that only waited were called lost; a drain that ends
by SIGTERM was called none; an old worker was taken for the service that was started again.
"""

import shutil
from pathlib import Path

import pytest

from tests.trial.as_typed import PATIENT, causes, trial
from workbench.exercises.exercise import find

TRIED = ("drain", "fail-fast", "deadline", "breaker", "shared-client")

pytestmark = [
    pytest.mark.kept_with(
        "workbench/trial",
        "workbench/__main__.py",
        "tests/trial",
        *(f"{top}/{find(name).path}" for top in ("labs", "solutions") for name in TRIED),
        sampled=False,
    ),
    pytest.mark.timeout(600),
]

SLOW = ("--request", "GET /", "--request", "GET /slow")
BLOCKS = ("--request", "GET /", "--request", "GET /blocks")
STREAM = ("--request", "GET /", "--request", "GET /events")

# a name, the command, options, its problems, and what it may be asked
PROGRAMS = {
    "FastAPI": ("uvicorn fastapi_shop:app --port {port}", SLOW, [], {"late"}),
    "uvicorn": ("uvicorn starlette_shop:app --port {port}", SLOW, [], {"late"}),
    "two workers": (
        "uvicorn starlette_shop:app --port {port} --workers 2",
        SLOW,
        [],
        {"late", "outlived", "sigint"},
    ),
    "a loop that is blocked": (
        "uvicorn starlette_shop:app --port {port}",
        BLOCKS,
        ["beside"],
        {"late", "sigint"},
    ),
    "a stream": (
        "uvicorn starlette_shop:app --port {port}",
        STREAM,
        ["does not end under load"],
        {"sigint"},
    ),
    "gunicorn, one at a time": (
        "gunicorn --bind 127.0.0.1:{port} flask_shop:app",
        SLOW,
        ["beside"],
        {"late", "sigint", "half-sent", "connections", "outlived"},
    ),
    "gunicorn, threads": (
        "gunicorn --bind 127.0.0.1:{port} --threads 4 flask_shop:app",
        SLOW,
        [],
        {"late", "sigint", "half-sent", "beside", "connections", "outlived"},
    ),
    "flask run": (
        "flask --app flask_shop run --port {port}",
        SLOW,
        ["no handler"],
        {"sigint"},
    ),
    "http.server": (
        "python -m http.server {port} --bind 127.0.0.1",
        (),
        ["no handler"],
        {"sigint"},
    ),
    "a shell in front": ("sh run.sh {port}", SLOW, ["orphans"], {"sigint"}),
    "a lock file": ("uvicorn locks:app --port {port}", (), ["killed"], {"late", "sigint"}),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program(name: str, folder: Path) -> None:
    """
    A program has the problem that it has, once, and no other.
    """
    command, options, problems, asked = PROGRAMS[name]

    text, said = trial(folder, command, "--grace", "8", *PATIENT, *options)

    assert causes(said, "problem") == problems, text
    assert set(causes(said, "depends")) <= asked, text


SERVE = "uvicorn service:app --port {port}"
SETTINGS = ("--setting", "CATALOGUE_URL", "--setting", "CATALOGUE_KEY")
# an exercise, the command, options, and the problems of the untouched service; what an exercise
# asks for beyond a service that behaves, a trial does not see
EXERCISES = {
    "drain": (
        "python service.py {port}",
        ("--request", "GET /quote", "--request", "POST /orders", "--writes"),
        {"lost", "does not end under load"},
    ),
    "fail-fast": (
        "env PORT={port} WORKERS=1 sh start.sh",
        ("--ready", "/healthz", "--request", "GET /price", *SETTINGS),
        {"orphans", "started without CATALOGUE_URL", "started without CATALOGUE_KEY"},
    ),
    "deadline": (SERVE, ("--request", "GET /search/x", "--request", "GET /healthz"), set()),
    "breaker": (SERVE, ("--request", "GET /items/7"), set()),
    "shared-client": (SERVE, ("--request", "GET /price"), set()),
}
assert tuple(EXERCISES) == TRIED


@pytest.mark.parametrize("name", TRIED)
@pytest.mark.parametrize("solved", [True, False], ids=["solved", "untouched"])
def test_an_exercise(name: str, solved: bool, tmp_path: Path, stock: str) -> None:
    """
    A solution has no problem; of the untouched service those are found that a stranger can see.
    """
    command, options, problems = EXERCISES[name]
    exercise = find(name)
    folder = Path(shutil.copytree(exercise.folder, tmp_path / "service"))
    if solved:
        shutil.copytree(exercise.solution, folder, dirs_exist_ok=True)

    text, said = trial(
        folder,
        command,
        *("--grace", "8", *PATIENT, *options),
        CATALOGUE_URL=f"{stock}/",
        CATALOGUE_KEY="k" * 24,
        ARCHIVE=stock,
        STOCK=stock,
        PROVIDER=stock,
    )

    found = set(causes(said, "problem"))
    assert found <= (set() if solved else problems), text
    assert bool(found) == (not solved and bool(problems)), text
