"""
Begin an exercise or a notebook: write its files, as CONTRIBUTING.md names them.

    .venv/bin/python -m tools.scaffold exercise 05_failure_handling/hedge
    .venv/bin/python -m tools.scaffold notebook 05_failure_handling/5.4_hedging

What they still lack, the tests of the course say, a sentence each; the last line that is
printed runs them.
"""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

import nbformat

from tools import ROOT
from tools.notebooks import form

SETTINGS = """\
number = {number}
title = ""  # what the reader repairs, with a verb
minutes = 15
edit = "service.py"
hints = []  # three: a question, where to look, which mechanism; never the code
"""
SERVICE = '''\
"""
Answers. (Say here what it does; what is wrong with it, the reader finds out.)
"""

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


# --- yours from here
# TODO: say what is wanted, not how.
async def answer(request):
    return PlainTextResponse("ok")


# --- to here


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(routes=[Route("/", answer), Route("/healthz", healthz)])
'''
CHECK = '''\
"""
Say in a line what is done to the service.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import traffic
from workbench.checks import expect, explanation, record, start_service

REQUESTS = 20


class Seen(NamedTuple):
    """
    What became of the service.
    """

    failed: int


@pytest.fixture(scope="module")
def path(seed: int) -> str:
    """
    What nobody can know beforehand: names, order and values; never whether a case is tried.
    """
    return f"/?order={random.Random(seed).randrange(1_000_000)}"


def attack(folder: Path, name: str, path: str) -> Seen:
    """
    Start the service, do to it what production does, and count what comes of it.
    """
    with start_service(folder, name) as service:
        with traffic(f"{service.url}{path}", rate=50, requests=REQUESTS) as load:
            load.wait(REQUESTS)
        record(name, load, service)
    return Seen(failed=REQUESTS - load.count("ok"))


@explanation
def explain(seen: Seen) -> Iterator[str]:
    if seen.failed:
        yield "fails"


@pytest.mark.control
def test_control(untouched: Path, path: str) -> None:
    """The untouched service shows the fault."""
    seen = attack(untouched, "untouched", path)

    expect(
        seen.failed > 0,
        done=f"{REQUESTS} requests",
        expected="what customers complain of",
        seen=f"{seen.failed} failed",
    )


@pytest.fixture(scope="module")
def seen(attempt: Path, path: str) -> Seen:
    return attack(attempt, "yours", path)


def test_nothing_fails(seen: Seen, path: str) -> None:
    """Every request is answered."""
    done = f"{REQUESTS} requests for {path}"
    expect.equal(seen.failed, 0, "failed", done=done, hint=explain(seen))
'''
HINTS = """\
# Each key that the check explains with, from cause to symptom, and what the reader is asked.
fails = "{failed} of {REQUESTS} failed. What do they have in common?"
"""
EXPECTED = "# Each wrong answer, and the hint that it must get.\n"
CANARIES = """\
# Each a change to a service or a claim, and what the first claim to fail then says:
#
# [[canary]]
# file = "serves.py"
# old = "..."
# new = "..."
# expect = "..."
canary = []
"""
CELLS = (
    "# {title}\n\n***The finding, in a sentence.***",
    "## What you'll do\n\n## What you'll learn\n\n## What you'll need",
    ("code", "from workbench import claim"),
    "## An experiment\n\nThe code in doubt, a **Prediction**, the run, the plot.",
    ("code", 'claim(False, "say here what was found: an order, a count, a state or a ratio")'),
    "**What happened.** The mechanism.",
    "## Summary\n\n## In production\n\n## On your own\n\n## Further reading",
)


def exercise(name: str, root: Path = ROOT) -> list[Path]:
    """
    Write what an exercise consists of; return the files.

    Args:
        name: Its chapter and its own name: `05_failure_handling/hedge`.
        root: The checkout.
    """
    match = re.fullmatch(r"(\d\d_\w+)/([a-z][a-z0-9_-]*)", name)
    if not match or not (root / "labs" / match[1]).is_dir():
        raise SystemExit(f"{name!r} is no CHAPTER/NAME with a chapter that is in labs/.")
    if taken := next(root.glob(f"labs/*/{match[2]}"), None):
        raise SystemExit(f"{taken.relative_to(root)} is there already.")
    number = 1 + len(list(root.glob(f"labs/{match[1]}/*/exercise.toml")))
    answers = f"tests/exercises/answers/{name}"
    (root / answers / "wrong").mkdir(parents=True)
    return write(
        root,
        {
            f"labs/{name}/exercise.toml": SETTINGS.format(number=number),
            f"labs/{name}/task.md": "",
            f"labs/{name}/service.py": SERVICE,
            f"labs/{name}/check.py": CHECK,
            f"labs/{name}/hints.toml": HINTS,
            f"solutions/{name}/service.py": SERVICE,
            f"{answers}/expected.toml": EXPECTED,
        },
    )


def notebook(name: str, root: Path = ROOT) -> list[Path]:
    """
    Write what a notebook begins with; return the files.

    Args:
        name: Its chapter and its own name: `05_failure_handling/5.4_hedging`.
        root: The checkout.
    """
    match = re.fullmatch(r"(0(\d)_\w+)/\2\.\d+_(\w+)", name)
    if not match or not (root / "chapters" / match[1]).is_dir():
        msg = f"{name!r} is no CHAPTER/NUMBER_NAME, as 05_failure_handling/5.4_hedging is."
        raise SystemExit(msg)
    folder = root / "chapters" / name
    if folder.exists():
        raise SystemExit(f"{folder.relative_to(root)} is there already.")
    made = nbformat.v4.new_notebook()
    title = match[3].replace("_", " ").capitalize()
    for cell in CELLS:
        if isinstance(cell, str):
            made.cells.append(nbformat.v4.new_markdown_cell(cell.format(title=title)))
        else:
            made.cells.append(nbformat.v4.new_code_cell(cell[1]))
    form.normalise(made)
    return write(
        root,
        {
            f"chapters/{name}/{folder.name}.ipynb": form.text(made),
            f"tests/course/canaries/{name}.toml": CANARIES,
        },
    )


def write(root: Path, files: dict[str, str]) -> list[Path]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return [root / name for name in files]


MISSING = {  # where the tests say what is not there yet
    "exercise": "tests/exercises/test_proofs.py tests/exercises/test_hints.py "
    '-k "{name} or mirror or every_hint"',
    "notebook": 'tests/tools/test_notebooks.py tests/course -k "{name} or every_notebook"',
}


def main(arguments: Sequence[str] | None = None) -> None:
    about = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    about.add_argument("what", choices=MISSING)
    about.add_argument("name", metavar="CHAPTER/NAME")
    given = about.parse_args(arguments)
    files = (exercise if given.what == "exercise" else notebook)(given.name)
    for file in files:
        print(f"wrote {file.relative_to(ROOT)}")
    missing = MISSING[given.what].format(name=Path(given.name).name)
    print(f"What is missing, says: .venv/bin/python -m pytest -q --tb=line {missing}")


if __name__ == "__main__":
    main()
