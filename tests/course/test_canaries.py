"""
A canary is a service or a claim, broken on purpose: its notebook must turn red.

A gate that cannot close is no gate. To add one, add it to its notebook's file in canaries/.
"""

import shutil
import tomllib
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

from tests.tools.tiny_notebooks import Verdict, code, judge, write
from tools import ROOT
from tools.notebooks import form
from tools.notebooks.files import on_disk
from tools.proven import ONLY_IN_CHAPTER_7, Proof, Subject, named_in

KEPT = Path(__file__).with_name("canaries")


@dataclass(frozen=True)
class Canary:
    """
    Replace `old` by `new` in `file`, and the first claim of `notebook` to fail says `expect`.

    `notebook` is a path in the checkout; `file` is one from its folder or from `stand_ins/`,
    or the notebook itself, in which case sources are changed and outputs are not.
    """

    notebook: str
    file: str
    old: str
    new: str
    expect: str
    times: int = 1

    def __str__(self) -> str:
        return f"{self.old[:30]!r} -> {self.new[:30]!r}"


def canaries() -> list[Canary]:
    """
    All that are kept in `canaries/`, in a file for each notebook, at its path.
    """
    found = []
    for file in sorted(KEPT.rglob("*.toml")):
        folder = file.relative_to(KEPT).with_suffix("")
        notebook = f"chapters/{folder}/{folder.name}.ipynb"
        entries = tomllib.loads(file.read_text(encoding="utf-8"))["canary"]
        found += [Canary(notebook, **entry) for entry in entries]
    return found


CANARIES = {
    notebook: {f"{number}: {canary}": canary for number, canary in enumerate(flock, start=1)}
    for notebook, flock in groupby(canaries(), lambda canary: canary.notebook)
}


def spoil(canary: Canary, folder: Path, root: Path = ROOT) -> Path:
    """
    Copy the notebook's chapter into `folder`, and break the copy; the notebook in it.
    """
    original = root / canary.notebook
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    chapter = original.parents[1]
    copy = shutil.copytree(chapter, folder / chapter.name, ignore=ignore) / original.parent.name
    if canary.file.startswith("stand_ins/"):
        shutil.copytree(root / "stand_ins", copy / "stand_ins", ignore=ignore)
        import_from_beside(copy / original.name)
    target = copy / canary.file
    if target.suffix == ".ipynb":
        book = form.read(target)
        sources = [cell.source for cell in book.cells if cell.cell_type == "code"]
        found = sum(source.count(canary.old) for source in sources)
        for cell in book.cells:
            if cell.cell_type == "code":
                cell.source = cell.source.replace(canary.old, canary.new)
        target.write_text(form.text(book), encoding="utf-8")
    else:
        text = target.read_text(encoding="utf-8")
        found = text.count(canary.old)
        target.write_text(text.replace(canary.old, canary.new), encoding="utf-8")
    assert found == canary.times, f"{canary.old!r} is {found} times in {canary.file}"
    return copy / original.name


def import_from_beside(notebook: Path) -> None:
    """
    Let a kernel find what is beside the notebook before the course's own, as programs do.
    """
    book = form.read(notebook)
    first = next(cell for cell in book.cells if cell.cell_type == "code")
    first.source = f"import sys; sys.path.insert(0, '')\n{first.source}"
    notebook.write_text(form.text(book), encoding="utf-8")


def assert_caught(canary: Canary, verdict: Verdict, path: Path) -> None:
    """
    The notebook is red, and for the expected reason: the first claim to fail says so.

    Outputs that differ are no claim: the cell that shows the broken file differs, too. They
    count where nothing else fails.
    """
    red = verdict.failures(path)
    failures = [failure for failure in red if "Cell outputs differ" not in failure.text] or red
    assert failures, f"it stayed green:\n{verdict.output}"
    first = failures[0]
    assert canary.expect in first.reason, (
        f"{first.cell} failed ({first.when}) without saying {canary.expect!r}:\n{first.text}"
    )


def subjects() -> list[Subject]:
    """
    Each notebook with its canaries, as what is proved together.
    """
    judges = (Path(__file__), ROOT / "tests/tools/tiny_notebooks.py", ROOT / "tools/notebooks")
    found = []
    for notebook, flock in CANARIES.items():
        path = ROOT / notebook
        name = str(path.parent.relative_to(ROOT / "chapters"))
        kept = KEPT / f"{name}.toml"
        folders = sorted(other.parent for other in path.parents[1].glob("*/*.ipynb"))
        neighbours = (folder for folder in folders if folder != path.parent)
        beside = named_in(path.parent, [ROOT / "stand_ins", *neighbours])
        found.append(
            Subject(
                name=name,
                proofs=tuple(flock),
                own=(path.parent, kept),
                rest=(*judges, *beside),
                sampled_with=f"the canaries of {name.partition('/')[0]}",
                programs=("kubectl",),
                packages=ONLY_IN_CHAPTER_7 if name.startswith("07_") else (),
            )
        )
    return found


@pytest.mark.timeout(300)  # a whole notebook, beside others
@pytest.mark.proofs(subjects())
def test_canary(proof: Proof, tmp_path: Path) -> None:
    """
    The notebook turns red when this is broken.
    """
    notebook = f"chapters/{proof.subject.name}/{Path(proof.subject.name).name}.ipynb"
    canary = CANARIES[notebook][proof.name]
    path = spoil(canary, tmp_path)
    assert_caught(canary, judge(tmp_path, path), path)


def test_every_notebook_has_canaries() -> None:
    """
    Each notebook of a chapter has a claim that is known to fail when it should.
    """
    chapters = ROOT / "chapters"
    notebooks = {str(p.relative_to(ROOT)) for p in on_disk() if p.is_relative_to(chapters)}
    lacking = sorted(notebooks - set(CANARIES))

    assert not lacking, f"tests/course/canaries/ has none for {', '.join(lacking)}"
    assert set(CANARIES) <= notebooks


def test_a_proof_depends_on_its_canaries() -> None:
    """
    The digest of a notebook's proof is made from its folder and its canaries, both there.
    """
    own = [path for subject in subjects() for path in subject.own]
    assert [path for path in own if not path.exists()] == []


# The machinery itself, proved on a toy


def toy_canary(file: str, old: str, new: str, expect: str) -> Canary:
    return Canary("chapter/toy/toy.ipynb", file, old, new, expect)


CAUGHT = [
    toy_canary("answers.py", "8", "7", "✗ not so here: 7"),
    toy_canary("answers.py", "8", "9", "9 answers"),
    toy_canary("toy.ipynb", "> 7", "> 8", "✗ not so here: 8"),
]
HARMLESS = toy_canary("answers.py", "8", "4 + 4", "8 answers")
OTHER_CELL = toy_canary("answers.py", "8", "oops", "8 answers")
OTHER_REASON = toy_canary("toy.ipynb", "> 7", "> x", "✗ not so here")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A checkout with one notebook, which runs a program beside it and makes a claim.
    """
    root = tmp_path_factory.mktemp("checkout")
    path = write(
        root / "chapter" / "toy" / "toy.ipynb",
        code("import subprocess, sys"),
        code("answers = int(subprocess.check_output([sys.executable, 'answers.py']))"),
        code("print(answers, 'answers')", "8 answers\n"),
        code("assert answers > 7, f'✗ not so here: {answers}'"),
    )
    path.with_name("answers.py").write_text("print(8)\n", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def toys(checkout: Path) -> tuple[Verdict, dict[Canary, Path]]:
    """
    The toys' canaries, all in one run with the toy itself, and where each was copied.
    """
    copies = {
        canary: spoil(canary, checkout / f"copy{number}", checkout)
        for number, canary in enumerate([*CAUGHT, HARMLESS, OTHER_CELL, OTHER_REASON])
    }
    return judge(checkout, checkout / "chapter" / "toy" / "toy.ipynb", *copies.values()), copies


@pytest.mark.parametrize("canary", CAUGHT, ids=str)
def test_toy_is_caught(canary: Canary, toys: tuple[Verdict, dict[Canary, Path]]) -> None:
    """
    A broken program and a broken claim turn the toy red.
    """
    verdict, copies = toys
    assert_caught(canary, verdict, copies[canary])


def test_original_stays_green(checkout: Path, toys: tuple[Verdict, dict[Canary, Path]]) -> None:
    """
    What was copied was not broken.
    """
    verdict, _ = toys
    assert verdict.outcomes(checkout / "chapter" / "toy" / "toy.ipynb") == ["passed"] * 4


@pytest.mark.parametrize(
    ("canary", "complaint"),
    [
        (HARMLESS, "it stayed green"),
        (OTHER_CELL, "Cell 2 failed .call. without saying"),
        (OTHER_REASON, "Cell 4 failed .call. without saying"),
    ],
    ids=["harmless", "red in another cell", "red for another reason"],
)
def test_toy_is_not_caught(
    canary: Canary, complaint: str, toys: tuple[Verdict, dict[Canary, Path]]
) -> None:
    """
    A canary that leaves the notebook green, or red for another reason, is itself red.
    """
    verdict, copies = toys
    with pytest.raises(AssertionError, match=complaint):
        assert_caught(canary, verdict, copies[canary])


@pytest.mark.parametrize("file", ["answers.py", "toy.ipynb"])
def test_nothing_to_replace(file: str, checkout: Path, tmp_path: Path) -> None:
    """
    A canary whose text is no longer there is red, not green.
    """
    with pytest.raises(AssertionError, match="'gone' is 0 times in"):
        spoil(toy_canary(file, "gone", "", ""), tmp_path, checkout)
