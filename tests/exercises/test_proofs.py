"""
What every exercise must prove. `tools/proofs.py` prints the same as a table.
"""

import pytest

from tools.answers import answers
from tools.notebooks.form import read
from tools.proofs import fault, subject
from tools.proven import Proof
from workbench.exercises.exercise import COURSE, Exercise, exercises, find
from workbench.exercises.known import ANSWERS, IMPORT, PLACE
from workbench.exercises.run import run_check
from workbench.exercises.verdict import FAIL, PASS, Claim

EXERCISES = exercises()


_controls: dict[tuple[str, int], Claim] = {}  # as seen in this process, by exercise and round


@pytest.mark.proofs([subject(exercise) for exercise in EXERCISES], together=True)
def test_every_known_answer_gets_its_verdict(proof: Proof, thorough: bool) -> None:
    """
    Untouched is NOT ATTEMPTED, wrong answers fail with their own hint, right ones pass, and
    have no hint: one that is given where nothing is wrong states what was not observed.

    Unless it is to be thorough, the control is shown once for all answers of an exercise, and
    a wrong one is known by its hint.
    """
    exercise = find(proof.subject.name)
    answer = next(answer for answer in answers(exercise) if answer.name == proof.name)
    shared = None if thorough else _controls.get((exercise.path, proof.round))
    is_right = answer.result == PASS
    with answer.folder() as attempt:
        verdict = run_check(
            exercise,
            attempt,
            control=shared,
            to_the_end=thorough or is_right,
            seed=proof.seed,
            is_right=is_right,
        )
    found = fault(answer, verdict)

    assert not found, found
    assert verdict.control
    _controls[exercise.path, proof.round] = verdict.control


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_exercise_and_solution_differ_in_the_place_to_edit_only(exercise: Exercise) -> None:
    """
    Outside the place to edit all is equal but the imports; a script is edited as a whole.
    """
    before = (exercise.folder / exercise.edit).read_text(encoding="utf-8")
    after = (exercise.solution / exercise.edit).read_text(encoding="utf-8")

    assert before != after, (
        f"solutions/{exercise.path}/{exercise.edit} is as it was given: solve it"
    )
    if exercise.edit.endswith("service.py"):
        assert len(PLACE.findall(before)) == len(PLACE.findall(after)) == 1
        assert IMPORT.sub("", PLACE.sub("", before)) == IMPORT.sub("", PLACE.sub("", after))


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_the_place_to_edit_says_what_to_do(exercise: Exercise) -> None:
    """
    What is given has one TODO of one or two lines; the solution has none.
    """
    before = (exercise.folder / exercise.edit).read_text(encoding="utf-8")

    after = (exercise.solution / exercise.edit).read_text(encoding="utf-8")

    assert before.count("TODO") == 1, f"labs/{exercise.path}/{exercise.edit} has not one TODO"
    assert "TODO" not in after, f"solutions/{exercise.path}/{exercise.edit} still has its TODO"


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_every_exercise_is_complete(exercise: Exercise) -> None:
    """
    An exercise has a task, three hints, and at least four wrong answers.
    """
    wrong = [answer for answer in answers(exercise) if answer.result == FAIL]
    rules = {
        "exercise.toml has no title: what does the reader repair?": exercise.title,
        "task.md is empty: what do customers complain of, what is asked for?": exercise.task,
        "exercise.toml has not three hints: a question, where to look, which mechanism":
            len(exercise.hints) == 3,
        "it has not four wrong answers: which mistakes is a reader likely to make?":
            len(wrong) >= 4,
    }  # fmt: skip

    assert [rule for rule, kept in rules.items() if not kept] == []


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
@pytest.mark.parametrize("file", ["labs/{}/lab.ipynb", "solutions/{}/solutions.ipynb"])
def test_every_exercise_is_in_its_notebooks(exercise: Exercise, file: str) -> None:
    """
    The chapter's lab asks for it, and the chapter's solutions explain it.
    """
    path = file.format(exercise.folder.parent.name)
    cells = read(COURSE / path).cells

    assert any(f'exercise("{exercise.name}")' in cell.source for cell in cells), (
        f'no cell of {path} says exercise("{exercise.name}")'
    )


def test_the_trees_mirror_each_other() -> None:
    """
    Every exercise has its solution and its answers at the same path, and no others exist.
    """
    paths = {exercise.path for exercise in EXERCISES}

    assert paths
    for root in (COURSE / "solutions", ANSWERS):
        assert {f"{path.parent.name}/{path.name}" for path in root.glob("*/*/")} == paths
    for exercise in EXERCISES:
        assert {path.name for path in exercise.solution.iterdir()} == set(exercise.edits)


def test_exercises_are_numbered_in_order() -> None:
    """
    In each chapter the numbers count 1, 2, 3, …, and no two exercises have the same name.
    """
    for chapter in {exercise.folder.parent for exercise in EXERCISES}:
        numbers = [
            exercise.number for exercise in EXERCISES if exercise.folder.parent == chapter
        ]

        assert numbers == list(range(1, len(numbers) + 1))
    assert len({exercise.name for exercise in EXERCISES}) == len(EXERCISES)
