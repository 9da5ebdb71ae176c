"""
Whatever an answer does, its verdict comes in bounded time, and nothing is left behind.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from toy_lab import SOLVED, UNTOUCHED, answer, toy_lab

from workbench._check import run_check
from workbench._children import RUN_ID, poll
from workbench._guard import strays
from workbench._labs import COURSE
from workbench._verdict import COULD_NOT_CHECK, FAIL, NOT_ATTEMPTED, PASS

BOUND = 60  # seconds that no check may take, on a machine as busy as may be


class Hostile(NamedTuple):
    """
    An answer, the verdict that it deserves, the key of its hint, and the line that is blamed.
    """

    text: str
    result: str
    hint: str | None = None
    line: str = ""


FORKS = """
import os, time
if os.fork() == 0:
    {}
    while True:
        time.sleep(1)
"""

ANSWERS = {
    "solved": Hostile(SOLVED, PASS),
    "untouched": Hostile(UNTOUCHED, NOT_ATTEMPTED),
    "a comment was changed": Hostile(UNTOUCHED.replace("TODO", "DONE"), NOT_ATTEMPTED),
    "empty": Hostile("", FAIL, "Died"),
    "pass": Hostile("pass\n", FAIL, "Died"),
    "syntax error": Hostile("import sys\ndef (:\n", FAIL, "Died", "service.py:2: def (:"),
    "crash at start": Hostile(
        "def go():\n    return 1 / 0\ngo()\n", FAIL, "Died", "service.py:2: return 1 / 0"
    ),
    "loop at start": Hostile(
        "while True:\n    pass\n" + SOLVED, FAIL, "NotReady", "service.py:"
    ),
    "never ready": Hostile(
        "import time\ntime.sleep(60)\n", FAIL, "NotReady", "service.py:2: time.sleep(60)"
    ),
    "exits with 0 at once": Hostile("raise SystemExit(0)\n", FAIL, "Died"),
    "ends in the middle": Hostile(
        SOLVED.replace("self.end_headers()", "__import__('os')._exit(3)"), FAIL, "Died"
    ),
    "another port": Hostile(SOLVED.replace("int(sys.argv[1])", "0"), FAIL, "NotReady"),
    "answers 500 to all": Hostile(UNTOUCHED.replace("200 if", "500 if"), FAIL, "NotReady"),
    "ignores SIGTERM": Hostile(
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SOLVED, FAIL, "ends"
    ),
    "never answers": Hostile(
        SOLVED.replace(
            "# TODO: answer /work, too.",
            "while self.path == '/work': __import__('time').sleep(1)",
        ),
        FAIL,
        "answers",
    ),
    "leaves a child": Hostile(FORKS.format("pass") + SOLVED, PASS),
    "leaves a child in a session of its own": Hostile(
        FORKS.format("os.setsid()") + SOLVED, PASS
    ),
    "leaves a child that ignores SIGTERM": Hostile(
        FORKS.format("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)") + SOLVED,
        PASS,
    ),
    "floods its output": Hostile(
        "import threading\n"
        "def flood():\n    while True:\n        print('x' * 10_000)\n"
        "threading.Thread(target=flood, daemon=True).start()\n" + SOLVED,
        PASS,
    ),
    "deletes its own file": Hostile("import os\nos.unlink(__file__)\n" + SOLVED, PASS),
    "takes all memory": Hostile(
        "hog = []\nwhile True:\n    hog.append(bytearray(b'x') * (1 << 24))\n", FAIL, "memory"
    ),
    "starts processes without end": Hostile(
        "import os, time\n"
        "for _ in range(90):\n    if os.fork() == 0:\n        time.sleep(60)\ntime.sleep(60)\n",
        FAIL,
        "processes",
    ),
    "kills the check": Hostile(
        "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n", COULD_NOT_CHECK
    ),
}


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """
    No process with our mark, and nothing in the folder for temporary files.
    """
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    yield

    assert not strays(RUN_ID)
    assert poll(lambda: not list(temporary.iterdir()), 10), list(temporary.iterdir())


@pytest.mark.parametrize("name", ANSWERS)
def test_verdict(name: str, tmp_path: Path) -> None:
    """
    Each answer gets the verdict that it deserves, in bounded time.
    """
    expected = ANSWERS[name]
    attempt = answer(tmp_path / "attempt", expected.text)
    began = time.monotonic()

    verdict = run_check(toy_lab(), attempt)

    assert verdict.result == expected.result, str(verdict)
    assert (verdict.hint.key if verdict.hint else None) == expected.hint, str(verdict)
    assert verdict.line.startswith(expected.line), str(verdict)
    assert time.monotonic() - began < BOUND
    assert (attempt / "service.py").read_text(encoding="utf-8") == expected.text


def test_two_checks_at_once(tmp_path: Path) -> None:
    """
    Two checks in two processes do not disturb each other.
    """
    solved = answer(tmp_path / "solved", SOLVED)
    broken = answer(tmp_path / "broken", "raise SystemExit(3)\n")
    script = (
        "import sys; from pathlib import Path; from toy_lab import toy_lab;"
        "from workbench._check import run_check;"
        "print(run_check(toy_lab(), Path(sys.argv[1])).result)"
    )
    both = [_python(script, attempt) for attempt in (solved, broken)]

    assert [child.communicate(timeout=BOUND)[0].strip() for child in both] == [PASS, FAIL]


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ended_in_the_middle(signum: signal.Signals, tmp_path: Path) -> None:
    """
    A check that is interrupted, or killed, leaves nothing behind.

    1. The reader's service runs under a check.
    2. The process that runs the check gets a signal.

    Result: every process that it started is gone, and so are its folders.
    """
    attempt = answer(
        tmp_path / "attempt",
        f"open({str(tmp_path / 'runs')!r}, 'w').close()\nimport time\ntime.sleep(60)\n",
    )
    child = _python(
        "import sys; from pathlib import Path; from toy_lab import toy_lab;"
        "from workbench._check import run_check; run_check(toy_lab(), Path(sys.argv[1]))",
        attempt,
    )
    assert poll((tmp_path / "runs").exists, 20)
    family = psutil.Process(child.pid).children(recursive=True)

    child.send_signal(signum)
    child.communicate(timeout=20)

    assert child.returncode != 0
    assert not psutil.wait_procs(family, timeout=20)[1]


def _python(script: str, *arguments: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path[:0] = {sys.path!r}; {script}",
            *arguments,
        ],
        cwd=COURSE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
