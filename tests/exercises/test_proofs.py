"""
What every exercise must prove. `tools/proofs.py` prints the same as a table.
"""

import pytest

from tools.answers import ANSWERS, IMPORT, PLACE, answers
from tools.notebooks.form import read
from tools.proofs import fault, subject
from tools.proven import Proof
from workbench.exercises.exercise import COURSE, Exercise, exercises, find
from workbench.exercises.run import run_check
from workbench.exercises.verdict import FAIL, PASS, Claim

LABS = exercises()


_controls: dict[tuple[str, int], Claim] = {}  # as seen in this process, by exercise and round


@pytest.mark.proofs([subject(lab) for lab in LABS])
def test_every_known_answer_gets_its_verdict(proof: Proof, thorough: bool) -> None:
    """
    Untouched is NOT ATTEMPTED, wrong answers fail with their own hint, right ones pass.

    Unless it is to be thorough, the control is shown once for all answers of an exercise, and
    a wrong one is known by its hint.
    """
    lab = find(proof.subject.name)
    answer = next(answer for answer in answers(lab) if answer.name == proof.name)
    shared = None if thorough else _controls.get((lab.path, proof.round))
    whole = thorough or answer.result == PASS
    with answer.folder() as attempt:
        verdict = run_check(lab, attempt, control=shared, to_the_end=whole)
    found = fault(answer, verdict)

    assert not found, found
    assert verdict.control
    _controls[lab.path, proof.round] = verdict.control


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_lab_and_solution_differ_in_the_place_to_edit_only(lab: Exercise) -> None:
    """
    Outside the place to edit all is equal but the imports; a script is edited as a whole.
    """
    before = (lab.folder / lab.edit).read_text(encoding="utf-8")
    after = (lab.solution / lab.edit).read_text(encoding="utf-8")

    assert before != after, f"solutions/{lab.path}/{lab.edit} is the lab's file: solve it"
    if lab.edit.endswith("service.py"):
        assert len(PLACE.findall(before)) == len(PLACE.findall(after)) == 1
        assert IMPORT.sub("", PLACE.sub("", before)) == IMPORT.sub("", PLACE.sub("", after))


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_the_place_to_edit_says_what_to_do(lab: Exercise) -> None:
    """
    The lab has one TODO of one or two lines; the solution has none.
    """
    before = (lab.folder / lab.edit).read_text(encoding="utf-8")

    after = (lab.solution / lab.edit).read_text(encoding="utf-8")

    assert before.count("TODO") == 1, f"labs/{lab.path}/{lab.edit} has not one TODO"
    assert "TODO" not in after, f"solutions/{lab.path}/{lab.edit} still has its TODO"


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_every_exercise_is_complete(lab: Exercise) -> None:
    """
    An exercise has a task, three hints, and at least four wrong answers.
    """
    wrong = [answer for answer in answers(lab) if answer.result == FAIL]
    rules = {
        "exercise.toml has no title: what does the reader repair?": lab.title,
        "task.md is empty: what do customers complain of, and what is asked for?": lab.task,
        "exercise.toml has not three hints: a question, where to look, which mechanism":
            len(lab.hints) == 3,
        "it has not four wrong answers: which mistakes is a reader likely to make?":
            len(wrong) >= 4,
    }  # fmt: skip

    assert [rule for rule, kept in rules.items() if not kept] == []


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
@pytest.mark.parametrize("file", ["labs/{}/lab.ipynb", "solutions/{}/solutions.ipynb"])
def test_every_exercise_is_in_its_notebooks(lab: Exercise, file: str) -> None:
    """
    The chapter's lab asks for it, and the chapter's solutions explain it.
    """
    path = file.format(lab.folder.parent.name)
    cells = read(COURSE / path).cells

    assert any(f'exercise("{lab.name}")' in cell.source for cell in cells), (
        f'no cell of {path} says exercise("{lab.name}")'
    )


def test_the_trees_mirror_each_other() -> None:
    """
    Every exercise has its solution and its answers at the same path, and no others exist.
    """
    paths = {lab.path for lab in LABS}

    assert paths
    for root in (COURSE / "solutions", ANSWERS):
        assert {f"{path.parent.name}/{path.name}" for path in root.glob("*/*/")} == paths
    for lab in LABS:
        assert {path.name for path in lab.solution.iterdir()} == set(lab.edits)


def test_exercises_are_numbered_in_order() -> None:
    """
    In each chapter the numbers count 1, 2, 3, …, and no two exercises have the same name.
    """
    for chapter in {lab.folder.parent for lab in LABS}:
        numbers = [lab.number for lab in LABS if lab.folder.parent == chapter]

        assert numbers == list(range(1, len(numbers) + 1))
    assert len({lab.name for lab in LABS}) == len(LABS)
