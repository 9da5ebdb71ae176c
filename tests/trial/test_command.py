"""
What is typed becomes options, and what is found an exit code.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from workbench import __main__ as program
from workbench.plan import Plan, write
from workbench.trial import Options, Request, Result
from workbench.trial.findings import DEPENDS, PROBLEM, WELL, Finding
from workbench.trial.service import Bench
from workbench.trial.signals import _look_after

COMMAND = ["--", "uvicorn", "mine:app", "--port", "{port}", "--reload"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """
    The options of each trial, none of which is held.
    """
    seen: list[Options] = []
    monkeypatch.setattr(
        program, "put_on_trial", lambda options, *_: seen.append(options) or RESULT
    )
    return seen


RESULT = Result("a page", [], "{}")


def typed(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["course", "trial", *words, *COMMAND])
    return program.main()


def test_all_that_can_be_said(
    asked: list[Options], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """
    Every option reaches the trial; what is behind the -- is the command's own.
    """
    monkeypatch.chdir(tmp_path)
    words = "--ready /healthz --writes --upstream STOCK=http://127.0.0.1:1/?a=b --setting KEY"
    words += " --grace 10 --front buffers --in unit --at-once 8 --after ./count --here"
    words += " --outside --limit 60 --json said.json"
    requests = ("--request", "GET /a", "--request", 'POST /b {"c": 1}')

    assert typed(monkeypatch, *words.split(), *requests) == 0

    assert asked == [
        Options(
            command=tuple(COMMAND[1:]),
            folder=tmp_path,
            ready="/healthz",
            requests=(Request("GET", "/a"), Request("POST", "/b", '{"c": 1}')),
            writes=True,
            upstreams={"STOCK": "http://127.0.0.1:1/?a=b"},
            settings=("KEY",),
            grace=10,
            front="buffers",
            place="unit",
            at_once=8,
            after="./count",
            here=True,
            outside=True,
            limit=60,
        )
    ]
    assert (tmp_path / "said.json").read_text(encoding="utf-8") == "{}\n"


@pytest.mark.parametrize(
    ("levels", "words", "code"),
    [
        ([PROBLEM, DEPENDS], "", 0),
        ([PROBLEM], "--fail-on problem", 1),
        ([DEPENDS, WELL], "--fail-on problem", 0),
        ([DEPENDS, WELL], "--fail-on depends", 1),
        ([PROBLEM], "--fail-on depends", 1),
        ([WELL], "--fail-on depends", 0),
    ],
)
def test_exit_codes(
    levels: list[str], words: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    0 when the trial is done, whatever it found; 1 by --fail-on, for such a finding or a worse.
    """
    found = [Finding(level, level, "done", "seen") for level in levels]
    monkeypatch.setattr(program, "put_on_trial", lambda *_: RESULT._replace(found=found))

    assert typed(monkeypatch, *words.split()) == code


def test_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without a command, and with an upstream that has no address, it is said what lacks.
    """
    course = [str(Path(sys.executable).with_name("course")), "trial"]
    for words, says in ((["--"], "COMMAND"), (["--upstream", "STOCK", *COMMAND], "STOCK")):
        done = subprocess.run([*course, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert says in done.stderr


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("test -f orders -a $TRIAL_ACCEPTED = 7", ""),
        ("echo 6 of $TRIAL_ACCEPTED orders; exit 1", "6 of 7 orders"),
        ("exit 3", "exit 3"),
        ("echo password=hunter2hunter2 >&2; exit 1", "password=•••"),
    ],
)
def test_the_readers_own_look_at_the_data(after: str, said: str, tmp_path: Path) -> None:
    """
    --after is run in the service's folder, and told how many writes were accepted; it is
    content, or its last line is quoted.
    """
    (tmp_path / "orders").touch()
    options = Options(command=("sh", "{port}"), folder=tmp_path, after=after, writes=True)

    assert _look_after(Bench(options, {"PATH": "/usr/bin:/bin"}), tmp_path, 7) == said


def test_a_plan_says_what_is_granted(
    asked: list[Options], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """
    With a plan, a trial grants what is left of its grace after the pause.
    """
    monkeypatch.chdir(tmp_path)
    plan = Plan(app="mine:app", name="mine", slowest=7, cleanup=2)
    write(plan, tmp_path)

    assert typed(monkeypatch, "--plan", "plan.toml") == 0

    assert (asked[0].grace, asked[0].slowest) == (plan.grace - plan.pause, 7)


def test_a_plan_leaves_nothing_to_be_granted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    One number from two sources is refused.
    """
    with pytest.raises(SystemExit):
        typed(monkeypatch, "--plan", "plan.toml", "--grace", "9")

    assert "not allowed with argument --plan" in capsys.readouterr().err
