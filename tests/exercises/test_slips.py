"""
What is wrong with an answer before anybody looks at what it does.
"""

from pathlib import Path

import pytest

from workbench._process import LogLine
from workbench.exercises.slips import Raised, raised, unreadable

TRACEBACK = """
Traceback (most recent call last):
  File "/lib/starlette/routing.py", line 74, in app
    response = await f(request)
  File "{folder}/service.py", line 2, in show
    return prise
           ^^^^^
NameError: name 'prise' is not defined
"""
CHAINED = """
Traceback (most recent call last):
  File "{folder}/service.py", line 2, in show
    return prise
KeyError: 'price'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "{folder}/service.py", line 3, in show
    client.get(ulr=1)
  File "/lib/httpx/_client.py", line 1, in get
TypeError: get() got an unexpected keyword argument 'ulr'
INFO:     Shutting down
"""
GROUP = """
  + Exception Group Traceback (most recent call last):
  |   File "/lib/anyio/_backends/_asyncio.py", line 783, in __aexit__
  |     raise BaseExceptionGroup(
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "{folder}/service.py", line 2, in show
    |     return prise
    | NameError: name 'prise' is not defined
    +------------------------------------
"""
ELSEWHERE = """
Traceback (most recent call last):
  File "/lib/uvicorn/server.py", line 2, in serve
NameError: name 'loop' is not defined
File "{folder}/service.py", line 2, is where I am
"""
PRISE = Raised("NameError: name 'prise' is not defined", "service.py:2: return prise")
SERVICE = "def show():\n    return prise\n    client.get(ulr=1)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "service.py").write_text(SERVICE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (TRACEBACK, [PRISE]),
        (
            CHAINED,
            [
                Raised("KeyError: 'price'", "service.py:2: return prise"),
                Raised(
                    "TypeError: get() got an unexpected keyword argument 'ulr'",
                    "service.py:3: client.get(ulr=1)",
                ),
            ],
        ),
        (GROUP, [PRISE]),
        (ELSEWHERE, []),
    ],
    ids=["plain", "chained", "in a group", "elsewhere"],
)
def test_what_the_code_of_an_answer_raised(
    folder: Path, log: str, expected: list[Raised]
) -> None:
    """
    Each exception whose traceback passes through it, with its innermost line there.
    """
    lines = [LogLine(0.1, line) for line in log.format(folder=folder).splitlines()]

    assert list(raised(lines, folder)) == expected


def test_a_slip_is_what_no_answer_raises_on_purpose() -> None:
    """
    A name that does not exist is one; a key that is not there may be a decision.
    """
    assert PRISE.is_a_slip
    assert not Raised("KeyError: 'price'", "service.py:2: return prise").is_a_slip
    assert not Raised("psycopg.errors.NameError: none", "service.py:2: return prise").is_a_slip


@pytest.mark.parametrize(
    ("name", "text", "error", "line"),
    [
        ("plan.toml", 'a = 1\nb = "two\n', "TOMLDecodeError: Illegal", "plan.toml:2: b = "),
        ("deploy.yml", "on: push\njobs:\n  a: [\n", "ParserError: ", "deploy.yml:"),
        ("tests.yml", "on: push\n  a: b\n", "ScannerError: mapping", "tests.yml:2: a: b"),
        ("rollout.py", "import os\ndef (:\n", "SyntaxError: invalid", "rollout.py:2: def (:"),
        ("rollout.py", "a = '\udc80'", "SyntaxError: (unicode error)", "rollout.py"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(
    folder: Path, name: str, text: str, error: str, line: str
) -> None:
    """
    What is said is what the parser of its language says.
    """
    (folder / name).write_bytes(text.encode(errors="surrogateescape"))

    found = unreadable(folder)

    assert found
    assert found.error.startswith(error)
    assert found.line.startswith(line)


def test_what_can_be_read_is_nobodys_slip(folder: Path) -> None:
    """
    Other files, folders, and what is right are passed over.
    """
    (folder / "start.sh").write_text("if [", encoding="utf-8")
    (folder / "folder.py").mkdir()
    (folder / "all.yml").write_text("a: !mine b\n---\nc: d\n", encoding="utf-8")

    assert unreadable(folder) is None
