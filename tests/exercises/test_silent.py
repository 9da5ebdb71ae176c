"""
Each wait of a check has an end of its own, and all of them together come before the last one.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tools.answers import Answer
from tools.proofs import subject
from tools.proven import Proof, Subject
from workbench.exercises.exercise import Exercise, exercises, find
from workbench.exercises.run import run_check
from workbench.exercises.verdict import FAIL, PASS

# It is alive, and answers nothing else.
SILENT = """
import asyncio as _asyncio

_answers = app


async def app(scope, receive, send):
    if scope["type"] == "http" and scope["path"] not in ("/healthz", "/livez"):
        await _asyncio.Event().wait()
    await _answers(scope, receive, send)


"""
BEFORE = re.compile(r"(?=^if __name__ )|\Z", re.MULTILINE)
IS_AN_APP = re.compile(r"^app\b.*=", re.MULTILINE)


def solved(exercise: Exercise) -> str:
    return Answer(exercise, "solution", exercise.solution, PASS).files()[exercise.edit]


def silent(exercise: Exercise) -> Subject:
    own = (exercise.folder, exercise.solution)
    return replace(
        subject(exercise),
        name=f"{exercise.path}/silent",
        proofs=("silent",),
        own=own,
        rounds=1,
        sampled_with="silent",
    )


def judged() -> list[Exercise]:
    return [lab for lab in exercises() if IS_AN_APP.search(solved(lab))]


@pytest.mark.timeout(400)  # on a slow machine a check waits four times as long
@pytest.mark.proofs([silent(lab) for lab in judged()])
def test_a_silent_service_is_judged_before_the_check_is_ended(
    proof: Proof, tmp_path: Path
) -> None:
    """
    The solution, made silent, fails by a limit of the check's own, and never as one that hangs.
    """
    exercise = find(proof.subject.name.removesuffix("/silent"))
    text = BEFORE.sub(lambda _: SILENT, solved(exercise), count=1)
    (tmp_path / exercise.edit).write_text(text, encoding="utf-8")

    verdict = run_check(exercise, tmp_path, to_the_end=False, seed=proof.seed)

    assert verdict.result == FAIL, verdict
    assert verdict.hint
    assert verdict.hint.key != "hangs", verdict
    assert verdict.log or verdict.line, verdict
