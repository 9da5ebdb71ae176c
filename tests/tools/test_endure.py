"""
Right answers, judged until the time is over.
"""

import sys
from pathlib import Path

import pytest

from tools import endure
from tools.answers import Answer
from workbench.exercises.exercise import Exercise, find
from workbench.exercises.messages import Hint
from workbench.exercises.verdict import FAIL, PASS, Verdict


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """
    The answers that were judged, by what stands in them; the second to be judged fails.
    """
    done: list[str] = []

    def run_check(exercise: Exercise, attempt: Path, *, is_right: bool) -> Verdict:
        assert is_right
        done.append((attempt / exercise.edit).read_text(encoding="utf-8"))
        result, hint = (FAIL, Hint("slow", "Why?")) if len(done) == 2 else (PASS, None)
        return Verdict(exercise.path, exercise.title, result, float(len(done)), hint=hint)

    monkeypatch.setattr(endure, "run_check", run_check)
    return done


def test_each_is_judged_though_the_time_is_over(judged: list[str]) -> None:
    """
    A round is whole, however long it takes, and what was wrong is told by the answer's name.
    """
    drain = find("drain")
    first, second = (
        Answer(drain, name, folder, PASS)
        for name, folder in (("solution", drain.solution), ("untouched", drain.folder))
    )

    took, faults = endure.endure([first, second], seconds=0)

    assert len(judged) == len(set(judged)) == 2
    assert took == [1.0, 2.0]
    assert [fault.partition(",")[0] for fault in faults] == ["untouched: FAIL"]


def test_a_false_verdict_is_an_exit_code(
    judged: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The last line has the rounds, the false verdicts, and the worst of the seconds.
    """
    monkeypatch.setattr(sys, "argv", ["endure", "drain", "--minutes", "0"])

    code = endure.main()

    last = capsys.readouterr().out.splitlines()[-1]
    assert code == 1
    assert f"judged {len(judged)} times with both cores busy; 1 false verdicts" in last
    assert f"at worst {len(judged)}.0 s" in last
