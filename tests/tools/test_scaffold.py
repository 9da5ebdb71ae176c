"""
What is begun by `make exercise` and `make notebook`, and what the course's tests say of it.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import ROOT, scaffold
from tools.notebooks import form

COPIED = ("pyproject.toml", "workbench", "tools", "tests", "labs", "solutions", "stand_ins")
EXERCISE = "05_failure_handling/hedge"
NOTEBOOK = "05_failure_handling/5.9_hedging"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A copy of the checkout in which both were begun.
    """
    root = tmp_path_factory.mktemp("checkout")
    left_out = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=left_out)
        else:
            shutil.copy(ROOT / name, root)
    (root / "chapters" / "05_failure_handling").mkdir(parents=True)
    scaffold.exercise(EXERCISE, root)
    scaffold.notebook(NOTEBOOK, root)
    return root


def run(checkout: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=checkout,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=110,
    )
    return done.stdout


def test_what_is_begun_has_the_style(checkout: Path) -> None:
    """
    Ruff and mypy find nothing in it.
    """
    for verb in (["check"], ["format", "--check"]):
        said = run(checkout, "-m", "ruff", *verb, f"labs/{EXERCISE}", f"chapters/{NOTEBOOK}")
        assert "hedg" not in said, said

    assert "Success" in run(checkout, "-m", "mypy", f"labs/{EXERCISE}/check.py")


def test_what_an_exercise_lacks(checkout: Path) -> None:
    """
    The tests of the exercises say each thing that is still missing in a sentence.
    """
    said = run(
        checkout, "-m", "pytest", "-q", "tests/exercises/test_proofs.py",
        "tests/exercises/test_hints.py", "-k", "(hedge or every_hint) and not hedge-",
    )  # fmt: skip

    for sentence in (
        f"solutions/{EXERCISE}/service.py is as it was given: solve it",
        f"solutions/{EXERCISE}/service.py still has its TODO",
        "exercise.toml has no title",
        "task.md is empty",
        "exercise.toml has not three hints",
        "it has not four wrong answers",
        f"no answer gets the hint {EXERCISE}/fails",
        'no cell of labs/05_failure_handling/lab.ipynb says exercise("hedge")',
        'no cell of solutions/05_failure_handling/solutions.ipynb says exercise("hedge")',
    ):
        assert sentence in said, said


def test_a_check_that_sees_no_fault(checkout: Path) -> None:
    """
    As it is begun the check runs, and its control says that nothing is to be seen yet.
    """
    said = run(checkout, "-m", "workbench", "check", "hedge", "--attempt", f"labs/{EXERCISE}")

    assert said.startswith("COULD NOT CHECK"), said
    assert "what customers complain of" in said


def test_what_a_notebook_lacks(checkout: Path) -> None:
    """
    It is in normal form, and its last cell is a claim to be replaced.
    """
    path = checkout / "chapters" / NOTEBOOK / "5.9_hedging.ipynb"
    book = form.read(path)
    form.normalise(book)

    assert form.text(book) == path.read_text(encoding="utf-8")
    said = run(checkout, "-m", "pytest", "-q", "tests/tools/test_notebooks.py", "-k", "5.9_")
    assert "cell 1 has the number None: refresh it" in said, said
    assert "promises 0 things to learn, not three to five" in said
    refreshed = run(checkout, "-m", "tools.notebooks", "refresh", str(path))
    assert "say here what was found" in refreshed, refreshed


@pytest.mark.parametrize(
    ("begin", "name", "said"),
    [
        (scaffold.exercise, EXERCISE, "labs/05_failure_handling/hedge is there already"),
        (scaffold.exercise, "hedge", "is no CHAPTER/NAME"),
        (scaffold.exercise, "09_nowhere/hedge", "a chapter that is in labs/"),
        (scaffold.notebook, NOTEBOOK, "5.9_hedging is there already"),
        (scaffold.notebook, "05_failure_handling/6.9_hedging", "is no CHAPTER/NUMBER_NAME"),
    ],
)
def test_what_cannot_be_begun(begin, name: str, said: str, checkout: Path) -> None:
    """
    A name that is taken, or lies nowhere, is refused, and nothing is written.
    """
    before = sorted(checkout.rglob("*.py"))
    with pytest.raises(SystemExit, match=said):
        begin(name, checkout)

    assert sorted(checkout.rglob("*.py")) == before
