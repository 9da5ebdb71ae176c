"""
A kept proof is believed only while all that it depends on is as it was.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.course.test_canaries import subjects as notebooks
from tools import ROOT, proven
from tools.proofs import subject
from tools.proven import Subject, keep, kept, named_in, plan
from workbench.exercises.exercise import find

MODULE = """
import os
from dataclasses import replace
from pathlib import Path
import pytest
from tools.proven import Subject

def is_here(proof):
    first = Path("first")
    first.exists() or first.write_text(str(os.getpid()))
    return first.read_text() == str(os.getpid())

SUBJECT = Subject("toy", ("one", "two"), (), (), "toy", rounds={rounds})

@pytest.mark.proofs([SUBJECT], together=True)
def test_it(proof):
    assert {condition}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    A `proven.txt` of our own.
    """
    monkeypatch.setattr(proven, "FILE", tmp_path / "proven.txt")
    return tmp_path / "proven.txt"


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """
    A subject with two files: one of its own, and one that it depends on.
    """
    monkeypatch.setattr(proven, "ROOT", tmp_path)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "service.py").write_text("1", encoding="utf-8")
    (tmp_path / "other.py").write_text("2", encoding="utf-8")
    monkeypatch.setattr(proven, "common", tuple)
    paths = {"own": (tmp_path / "own",), "rest": (tmp_path / "other.py",)}
    return Subject("toy", ("one", "two", "three"), **paths, sampled_with="toy", rounds=3)


def note(subject: Subject) -> None:
    now = subject.digests
    keep([(subject.name, subject.kind, now.own, now.rest)])


DEPENDS = [
    "labs/04_delivery/deploy/check.py",
    "labs/04_delivery/deploy/exercise.toml",
    "solutions/04_delivery/deploy/deploy.sh",
    "tests/exercises/answers/04_delivery/deploy/expected.toml",
    "workbench/_process.py",
    "workbench/checks.py",
    "workbench/exercises/plugin.py",
    "workbench/exercises/run.py",
    "workbench/sidecars/guard.py",
    "workbench/sidecars/load_generator.py",
    "stand_ins/cluster.py",
    "chapters/04_delivery/4.2_strategies/versions/v1.py",
    "tools/answers.py",
    "tools/proofs.py",
    "requirements.txt",
]


def test_what_is_not_sampled(file: Path, toy: Subject) -> None:
    """
    What is proved weekly is proved when it has changed, and no part of it in between.
    """
    weekly = replace(toy, sampled_with=None)

    assert len(plan([weekly])) == 9
    note(weekly)
    assert plan([weekly]) == []
    assert len(plan([weekly], believe=False)) == 3
    (toy.own[0] / "service.py").write_text("3", encoding="utf-8")
    assert len(plan([weekly])) == 9


@pytest.mark.parametrize("name", DEPENDS)
def test_another_byte_is_another_digest(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The proof of an exercise depends on each of these, and its digest sees every byte of them.
    """
    deploy = subject(find("deploy"))
    before, read = deploy.digests, proven._digest_of

    def another(file: Path, changed: int) -> bytes:
        return b"another" if file == ROOT / name else read(file, changed)

    assert (ROOT / name).is_file()
    monkeypatch.setattr(proven, "_digest_of", another)

    assert deploy.digests != before


def test_a_notebook_depends_on_what_it_names() -> None:
    """
    The digest of 4.3's canaries sees its folder, the folder that it names, and the stand-ins.
    """
    (found,) = [each for each in notebooks() if each.name.startswith("04_delivery/4.1")]
    names = {str(path.relative_to(ROOT)) for path in (*found.own, *found.rest)}

    assert "chapters/04_delivery/4.1_pipeline" in names
    assert "chapters/04_delivery/4.2_strategies" in names
    assert "stand_ins" in names


def test_a_notebook_is_its_code(toy: Subject, tmp_path: Path) -> None:
    """
    Another word of prose and another output leave a digest as it was; another claim does not,
    nor does a tag.
    """
    notebook = new_notebook(cells=[new_markdown_cell("Prose."), new_code_cell("claim(True)")])
    prose, code = notebook.cells

    def seen() -> str:
        nbformat.write(notebook, file := tmp_path / "own" / "a.ipynb")
        os.utime(file, ns=(0, next(clock)))
        return toy.digests.own

    clock = count()
    first = seen()
    prose.source = "[Other](../5.5_overload) prose."
    code.outputs = [new_output("stream", text="✓")]
    assert seen() == first

    code.metadata.tags = ["raises-exception"]
    second = seen()
    code.source = "claim(False)"
    assert len({first, second, seen()}) == 3


def test_a_link_in_prose_is_no_dependency(tmp_path: Path) -> None:
    """
    A notebook depends on what its code names, and not on where its prose sends a reader.
    """
    cells = [
        new_markdown_cell("After [that](../1.1_a/1.1_a.ipynb)"),
        new_code_cell("run('1.2_b')"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "a.ipynb")

    assert named_in(tmp_path, [Path("1.1_a"), Path("1.2_b")]) == (Path("1.2_b"),)


def test_a_package_of_one_chapter(
    toy: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Of the lock, every entry is in every digest but those of one chapter, which are in its own.
    """
    lock = tmp_path / "requirements.txt"
    monkeypatch.setattr(proven, "common", lambda: (lock,))
    (only, other) = proven.ONLY_IN_CHAPTER_7
    seven = replace(toy, packages=(only,))

    def seen(*versions: int) -> tuple[str, str]:
        names = (only, other, "starlette")
        entries = [
            f"{n}=={v} \\\n    --hash=sha256:{v}\n"
            for n, v in zip(names, versions, strict=True)
        ]
        lock.write_text("".join(["# The lock.\n", *entries]), encoding="utf-8")
        os.utime(lock, ns=(0, next(clock)))
        return toy.digests.rest, seven.digests.rest

    clock = count()
    ours, theirs = seen(1, 1, 1)
    assert seen(1, 2, 1) == (ours, theirs)
    assert seen(2, 1, 1)[0] == ours
    assert seen(2, 1, 1)[1] != theirs
    assert seen(1, 1, 2)[0] != ours


def test_bytes_names_and_bits(toy: Subject, tmp_path: Path) -> None:
    """
    A byte, a name, a new file and an executable bit change a digest; a cache does not, nor does
    what the solution's changes may do.
    """
    service = tmp_path / "own" / "service.py"
    seen = [toy.digests.own]
    service.write_text("3", encoding="utf-8")
    seen.append(toy.digests.own)
    service.chmod(0o755)
    seen.append(toy.digests.own)
    service = service.rename(service.with_name("other.py"))
    seen.append(toy.digests.own)
    shutil.copy(service, tmp_path / "own" / "more.py")
    seen.append(toy.digests.own)
    (tmp_path / "own" / "__pycache__").mkdir()
    (tmp_path / "own" / "__pycache__" / "more.pyc").touch()
    (tmp_path / "own" / "allowed.toml").touch()

    assert len(set(seen)) == 5
    assert toy.digests.own == seen[-1]


def test_a_change_of_its_own_is_proved_in_all_rounds(
    toy: Subject, file: Path, tmp_path: Path
) -> None:
    """
    1. Nothing is kept, or a file of its own has changed: every proof, three times.
    2. What it depends on has changed: every proof, once.
    3. Nothing has changed: one of them, a sample.
    """
    everything = [(name, number) for number in (1, 2, 3) for name in toy.proofs]

    assert [(p.name, p.round) for p in plan([toy])] == everything

    note(toy)
    (tmp_path / "other.py").write_text("4", encoding="utf-8")
    assert [(p.name, p.round, p.whole) for p in plan([toy])] == [(n, 1, 3) for n in toy.proofs]

    note(toy)
    (sample,) = plan([toy])
    assert sample.whole == 0
    assert sample.name in toy.proofs

    (tmp_path / "own" / "service.py").write_text("4", encoding="utf-8")
    assert [(p.name, p.round) for p in plan([toy])] == everything
    assert file.exists()


def test_another_kind_of_machine_believes_nothing(
    toy: Subject, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What was proved on one kind of machine is proved again on another; both lines stay.
    """
    note(toy)
    monkeypatch.setattr(proven, "machine", lambda: ("CPython", "3.99", "Plan9", "pdp11"))

    assert {p.whole for p in plan([toy])} == {3}

    note(toy)
    assert len(kept()) == 2
    assert len(file.read_text(encoding="utf-8").splitlines()) == 2


def test_a_proof_that_is_kept_draws_from_its_round(
    toy: Subject, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What is kept was drawn from three fixed seeds; a sample is drawn from what the commit says.
    """
    assert {proof.seed for proof in plan([toy])} == {1, 2, 3}

    note(toy)
    seeds = set()
    for commit in range(5):
        monkeypatch.setattr(proven, "head", lambda commit=commit: str(commit))
        seeds |= {sample.seed for sample in plan([toy])}
        assert {sample.seed for sample in plan([toy])} <= seeds

    assert len(seeds) == 5
    assert file.exists()


def test_everyone_is_drawn(toy: Subject, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Each commit draws its own sample: in the long run nothing is left out.
    """
    note(toy)
    drawn = []
    for commit in range(30):
        monkeypatch.setattr(proven, "head", lambda commit=commit: str(commit))
        drawn += plan([toy])

    assert {proof.name for proof in drawn} == set(toy.proofs)
    assert plan([toy]) == plan([toy])
    assert file.exists()


def test_lines_are_a_set(toy: Subject, file: Path) -> None:
    """
    Lines in any order, twice, and of what is gone, as two branches leave them, are read.
    """
    note(toy)
    line = file.read_text(encoding="utf-8")
    file.write_text(f"zebra  kind  1  2\n{line}{line}", encoding="utf-8")

    assert [proof.whole for proof in plan([toy])] == [0]

    note(toy)
    assert file.read_text(encoding="utf-8") == f"{line}zebra  kind  1  2\n"


def test_two_branches_merge(tmp_path: Path) -> None:
    """
    1. Two branches prove what stands in neighbouring lines, and commit.
    2. One is merged into the other.

    Result: no conflict; the lines of both are there.
    """

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    lines = tmp_path / "tests" / "proven.txt"
    lines.parent.mkdir()
    git("init", "--initial-branch=main")
    shutil.copy(ROOT / ".gitattributes", tmp_path)
    lines.write_text("a  kind  1  1\nb  kind  1  1\n", encoding="utf-8")
    git("add", ".")
    git("commit", "--message=base")
    git("switch", "--create=other")
    lines.write_text("a  kind  1  1\nb  kind  2  2\n", encoding="utf-8")
    git("commit", "--all", "--message=other")
    git("switch", "main")
    lines.write_text("a  kind  2  2\nb  kind  1  1\n", encoding="utf-8")
    git("commit", "--all", "--message=main")

    git("merge", "other")

    assert {"a  kind  2  2", "b  kind  2  2"} <= set(lines.read_text().splitlines())


@pytest.mark.parametrize(
    ("condition", "rounds", "options", "is_kept"),
    [
        ("True", 1, [], True),
        ("True", 3, [], True),
        ("proof.name == 'one'", 1, [], False),
        ("proof.round < 3", 3, [], False),
        ("True", 1, ["-k", "one"], False),
        ("True", 1, ["--last-failed"], False),
        ("True", 3, ["-n", "2", "--dist", "loadgroup"], True),
    ],
    ids=[
        "all",
        "all rounds",
        "one fails",
        "fails once",
        "chosen",
        "second try",
        "side by side",
    ],
)
def test_what_a_run_keeps(
    condition: str, rounds: int, options: list[str], is_kept: bool, tmp_path: Path
) -> None:
    """
    A line is written when every proof of every round has passed at the first try.
    """
    said = run_toy(tmp_path, condition, rounds, options)

    assert ("toy " in kept_by(tmp_path)) == is_kept, said


def test_what_is_to_be_made_is_said_before(tmp_path: Path) -> None:
    """
    How many proofs a run would make is known once they are collected.
    """
    before = run_toy(tmp_path, "True", 3, ["--collect-only"])
    run_toy(tmp_path, "True", 3, [])
    after = run_toy(tmp_path, "True", 3, ["--collect-only"])

    assert "proofs: 6 to be made, 0 as a sample" in before
    assert "proofs: 0 to be made, " in after


def test_what_shares_stays_together(tmp_path: Path) -> None:
    """
    Side by side, the proofs of a subject run in one process, so that they can share.
    """
    said = run_toy(tmp_path, "is_here(proof)", 2, ["-n", "3", "--dist", "loadgroup"])

    assert "4 passed" in said, said


def test_ci_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where CI is set, what was proved is said, and not kept.
    """
    monkeypatch.setenv("CI", "true")

    said = run_toy(tmp_path, "True", 1, [])

    assert "which prove 1 exercises" in said
    assert kept_by(tmp_path) == ""


def run_toy(folder: Path, condition: str, rounds: int, options: list[str]) -> str:
    """
    Run pytest on a module of proofs with our conftest, and a `proven.txt` in the folder.
    """
    ours = f"from tools import proven\nproven.FILE = Path({str(folder)!r}, 'proven.txt')\n"
    conftest = (ROOT / "tests" / "conftest.py").read_text(encoding="utf-8")
    (folder / "conftest.py").write_text(conftest + ours, encoding="utf-8")
    text = MODULE.format(rounds=rounds, condition=condition)
    (folder / "test_toy.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", str(folder)]
    command += ["--kept", "test_toy.py", *options]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    return done.stdout + done.stderr


def kept_by(folder: Path) -> str:
    file = folder / "proven.txt"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def test_nothing_starts_what_is_left_out() -> None:
    """
    No other file of the workbench names a module that no proof depends on.
    """
    for name in proven.NOT_UNDER_A_PROOF:
        module = Path(name).stem
        word = re.compile(rf"\b{re.escape(module)}\b")
        for file in (ROOT / "workbench").rglob("*.py"):
            if proven.is_under_a_proof(file):
                assert module == "__main__" or not word.search(file.read_text()), file


def test_every_line_names_what_is_there() -> None:
    """
    What is gone from the course is gone from what was proved.
    """
    places = [ROOT, ROOT / "labs", ROOT / "chapters", ROOT / "workbench/incidents/catalogue"]
    # A solution that answers nothing is proved by the side of its exercise.
    names = {
        name: name.removesuffix("/silent").removeprefix("incident/") for name, *_ in kept()
    }
    gone = [
        name for name, of in names.items() if not any((top / of).exists() for top in places)
    ]

    assert gone == []
