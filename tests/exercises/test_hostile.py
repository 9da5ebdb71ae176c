"""
Whatever an answer does, its verdict comes in bounded time, and nothing is left behind.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.exercises.toy_exercise import SOLVED, TOY, UNTOUCHED, answer, toy_exercise
from workbench._spawn import RUN_ID
from workbench._waiting import wait_until
from workbench.exercises.exercise import COURSE
from workbench.exercises.run import run_check
from workbench.exercises.verdict import COULD_NOT_CHECK, FAIL, NOT_ATTEMPTED, PASS
from workbench.sidecars.guard import strays

pytestmark = pytest.mark.kept_with("tests/exercises/toy_exercise.py", "tests/exercises/toy")

DAEMON = f"300.{os.getpid()}"  # what the daemons of these answers are known by
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

DAEMONS = """
import os
for _ in range({}):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            {}
            os.execve("/bin/sleep", ["sleep", "{}"], {{}})
        os._exit(0)
"""

ANSWERS = {
    "solved": Hostile(SOLVED, PASS),
    "untouched": Hostile(UNTOUCHED, NOT_ATTEMPTED),
    "a comment was changed": Hostile(UNTOUCHED.replace("TODO", "DONE"), NOT_ATTEMPTED),
    "empty": Hostile("", FAIL, "Died"),
    "pass": Hostile("pass\n", FAIL, "Died"),
    "syntax error": Hostile("import sys\ndef (:\n", FAIL, "unreadable", "service.py:2: def (:"),
    "crash at start": Hostile(
        "def go():\n    return 1 / 0\ngo()\n", FAIL, "raised", "service.py:2: return 1 / 0"
    ),
    "no such module": Hostile(
        "import none_such\n", FAIL, "slip", "service.py:1: import none_such"
    ),
    "no such name": Hostile(
        SOLVED.replace("# TODO: answer", "answer(self)  #"),
        FAIL,
        "slip",
        "service.py:7: answer(",
    ),
    "an argument that is refused": Hostile(
        SOLVED.replace("# TODO: answer", "self.send_error(code=200, status=200)  #"),
        FAIL,
        "slip",
        "service.py:7: self.send_error(",
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
            "while self.path != '/healthz': __import__('time').sleep(1)",
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
    "leaves daemons with a clean environment": Hostile(
        DAEMONS.format(4, "pass", DAEMON) + SOLVED, PASS
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
    "interrupts the check": Hostile(
        "import os, signal\nos.kill(os.getppid(), signal.SIGINT)\n" + SOLVED, COULD_NOT_CHECK
    ),
    "stops the check": Hostile(
        "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)\n" + SOLVED, COULD_NOT_CHECK
    ),
    "kills the check and who stands above it": Hostile(
        DAEMONS.format(4, "pass", DAEMON)
        + "import psutil, signal\ncheck = psutil.Process(os.getppid())\n"
        "check.parent().kill()\ncheck.kill()\n",
        COULD_NOT_CHECK,
    ),
    "stops who stands above the check": Hostile(
        "import os, psutil\npsutil.Process(os.getppid()).parent().suspend()\n" + SOLVED, PASS
    ),
    "deletes its folder": Hostile(
        "import shutil, sys\nshutil.rmtree(sys.path[0])\nraise SystemExit(1)", COULD_NOT_CHECK
    ),
    "deletes the folder above its own": Hostile(
        "import shutil\nshutil.rmtree('..', ignore_errors=True)\n" + SOLVED, COULD_NOT_CHECK
    ),
}
if sys.platform == "linux":  # elsewhere this is not promised
    ANSWERS |= {
        "leaves daemons in another folder": Hostile(
            DAEMONS.format(4, "os.chdir('/')", DAEMON) + SOLVED, PASS
        ),
        "starts daemons without end": Hostile(
            DAEMONS.format(200, "pass", DAEMON) + SOLVED, FAIL, "processes"
        ),
    }


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """
    No process with our mark, no daemon, and nothing in the folder for temporary files.
    """
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    yield

    assert not strays(RUN_ID)
    assert not _daemons()
    assert wait_until(lambda: not list(temporary.iterdir()), 10), list(temporary.iterdir())


@pytest.mark.parametrize("name", ANSWERS)
def test_verdict(name: str, tmp_path: Path) -> None:
    """
    Each answer gets the verdict that it deserves, in bounded time.
    """
    expected = ANSWERS[name]
    attempt = answer(tmp_path / "attempt", expected.text)
    began = time.monotonic()

    verdict = run_check(toy_exercise(), attempt)

    assert verdict.result == expected.result, str(verdict)
    assert (verdict.hint.key if verdict.hint else None) == expected.hint, str(verdict)
    assert verdict.line.startswith(expected.line), str(verdict)
    assert time.monotonic() - began < BOUND
    assert (attempt / "service.py").read_text(encoding="utf-8") == expected.text


def test_control_characters_are_shown_as_such(tmp_path: Path) -> None:
    """
    What an answer says can neither wipe a screen nor turn the text around; the JSON has it raw.
    """
    said = "\x1b[2J\x9b2J\x1b]0;title\x07 \0 a\rb \u202etxt\u2028"
    attempt = answer(tmp_path / "attempt", f"print({said!r})\nraise SystemExit({said!r})\n")

    verdict = run_check(toy_exercise(), attempt)

    assert all(each.isprintable() for each in str(verdict).replace("\n", "")), verdict
    for escaped in (r"\x1b[2J", r"\x9b2J", r"\x1b]0;title\x07", r"\x00", r"a\rb", r"\u202etxt"):
        assert str(verdict).count(escaped) == 2
    assert said in verdict.log[0]


def test_a_changed_course_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    1. An answer changes a file of labs/, deletes one, and adds one beside a saved notebook.
    2. It passes its check.

    Result: COULD NOT CHECK, with the files, and with what puts each right.
    """
    labs = tmp_path / "labs"
    labs.mkdir()
    for name in ("changed.py", "deleted.py", "lab.ipynb", "same.py"):
        (labs / name).write_text("as it was", encoding="utf-8")
    monkeypatch.setattr("workbench.exercises.copies.COURSE", tmp_path)
    text = f"""
import os
os.chdir({str(labs)!r})
os.remove("deleted.py")
for name in ("changed.py", "added.py", "lab.ipynb", ".#same.py"):
    open(name, "w").close()
"""

    verdict = run_check(toy_exercise(), answer(tmp_path / "attempt", text + SOLVED))

    assert verdict.result == COULD_NOT_CHECK, str(verdict)
    assert verdict.reason.splitlines()[2:] == [
        "To put back what was changed: git restore labs/changed.py labs/deleted.py",
        "To remove what was added: rm labs/added.py",
    ]


def test_a_wrong_explanation_takes_no_verdict_back(tmp_path: Path) -> None:
    """
    Where the check's explanation raises, a right answer passes and a wrong one fails.
    """
    folder = tmp_path / "toy"
    shutil.copytree(TOY, folder)
    check = (folder / "check.py").read_text(encoding="utf-8")
    (folder / "check.py").write_text(
        check.replace("if seen.answered", "if seen.nothing"), encoding="utf-8"
    )
    exercise = replace(toy_exercise(), folder=folder)
    texts = {"right": SOLVED, "wrong": f"{UNTOUCHED}\nprint()\n"}

    verdicts = {
        name: run_check(exercise, answer(tmp_path / name, text)) for name, text in texts.items()
    }

    assert verdicts["right"].result == PASS, str(verdicts["right"])
    wrong = verdicts["wrong"]
    assert (wrong.result, wrong.hint.key if wrong.hint else None) == (FAIL, "unexplained")
    assert [claim.met for claim in wrong.claims] == [False, True]


def test_two_checks_at_once(tmp_path: Path) -> None:
    """
    Two checks in two processes do not disturb each other.
    """
    solved = answer(tmp_path / "solved", SOLVED)
    broken = answer(tmp_path / "broken", "raise SystemExit(3)\n")
    script = (
        "import sys; from pathlib import Path;"
        "from tests.exercises.toy_exercise import toy_exercise;"
        "from workbench.exercises.run import run_check;"
        "print(run_check(toy_exercise(), Path(sys.argv[1])).result)"
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
        "import sys; from pathlib import Path;"
        "from tests.exercises.toy_exercise import toy_exercise;"
        "from workbench.exercises.run import run_check;"
        "run_check(toy_exercise(), Path(sys.argv[1]))",
        attempt,
    )
    assert wait_until((tmp_path / "runs").exists, 60)
    family = psutil.Process(child.pid).children(recursive=True)

    child.send_signal(signum)
    child.communicate(timeout=20)

    assert child.returncode != 0
    assert not psutil.wait_procs(family, timeout=20)[1]


def _daemons() -> list[int]:
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # gone, or a zombie
            if process.cmdline()[-1:] == [DAEMON]:
                found.append(process.pid)
    return found


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
