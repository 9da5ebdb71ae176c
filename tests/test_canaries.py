"""
A canary is a service or a claim, broken on purpose: its notebook must turn red.

A gate that cannot close is no gate. To add one, add a line to CANARIES.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import notebook_form
import pytest
from notebook_form import ROOT
from toys import Verdict, code, judge, write


@dataclass(frozen=True)
class Canary:
    """
    Replace `old` by `new` in `file`, and the first claim of `notebook` to fail says `expect`.

    `notebook` is a path in the checkout; `file` lies beside it, or is the notebook itself, in
    which case sources are changed and outputs are not.
    """

    notebook: str
    file: str
    old: str
    new: str
    expect: str
    times: int = 1

    def __str__(self) -> str:
        return f"{Path(self.notebook).name}: {self.old[:30]!r} -> {self.new[:30]!r}"


CHAPTER_1 = "chapters/01_graceful_shutdown"
CHAPTER_6 = "chapters/06_performance"
CANARIES = [
    Canary(
        f"{CHAPTER_1}/1.1_what_gets_lost.ipynb",
        "1.1_what_gets_lost.ipynb",
        'signal_in_flight("drains.py", "SIGTERM")',
        'signal_in_flight("drains.py", "SIGKILL")',
        "all eight that had started were answered",
    ),
    Canary(
        f"{CHAPTER_1}/1.1_what_gets_lost.ipynb",
        "drains.py",
        "        await asyncio.wait(in_flight)",
        "        pass",
        "all eight that had started were answered",
    ),
    Canary(
        f"{CHAPTER_1}/1.1_what_gets_lost.ipynb",
        "remembers.py",
        "        await asyncio.wait(tasks, timeout=10)",
        "        pass",
        "a task that is remembered is waited for",
    ),
    Canary(
        f"{CHAPTER_1}/1.2_fastapi.ipynb",
        "says_goodbye.py",
        "        stopping = True",
        "        pass",
        "told at the signal",
    ),
    Canary(
        f"{CHAPTER_1}/1.3_gunicorn.ipynb",
        "yields.py",
        "await asyncio.to_thread(time.sleep, 5)",
        "time.sleep(5)",
        "without it, requests of twice --timeout are answered",
    ),
    Canary(
        f"{CHAPTER_1}/1.3_gunicorn.ipynb",
        "limited_worker.py",
        "max(1, self.cfg.graceful_timeout - 2)",
        "None",
        "the three clients are answered, with an error",
    ),
    Canary(
        f"{CHAPTER_1}/1.4_docker.ipynb",
        "entrypoints/becomes.sh",
        'exec "$@"',
        '"$@"',
        "entrypoint that execs",
    ),
    Canary(
        f"{CHAPTER_6}/6.2_caching.ipynb",
        "locks_loads.py",
        'cached = await redis.get(f"user:{user_id}")  # the holder',
        "cached = None  # the holder",
        "one query for a hundred requests",
    ),
    Canary(
        f"{CHAPTER_6}/6.2_caching.ipynb",
        "versions_users.py",
        'pipe.watch(f"version:{user_id}")',
        'pipe.watch(f"user:{user_id}")',
        "the reader's old user is refused",
    ),
    Canary(
        f"{CHAPTER_6}/6.2_caching.ipynb",
        "breaks_circuit.py",
        "failure_threshold=3,",
        "failure_threshold=3000,",
        "a breaker more than halves it again",
    ),
    Canary(
        f"{CHAPTER_6}/6.1_connection_pools.ipynb",
        "6.1_connection_pools.ipynb",
        "keepalive_expiry=0.5",
        "keepalive_expiry=5.0",
        "the client that gives up first loses nothing",
    ),
    Canary(
        f"{CHAPTER_6}/6.1_connection_pools.ipynb",
        "releases_connection.py",
        '    price = provider.get("/slow").text',
        '        price = provider.get("/slow").text',
        "who releases it first serves everybody",
    ),
]


def spoil(canary: Canary, folder: Path, root: Path = ROOT) -> Path:
    """
    Copy the notebook and all that is beside it into `folder`, and break the copy.
    """
    original = root / canary.notebook
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    copy = shutil.copytree(original.parent, folder / original.parent.name, ignore=ignore)
    target = copy / canary.file
    if target.suffix == ".ipynb":
        book = notebook_form.read(target)
        sources = [cell.source for cell in book.cells if cell.cell_type == "code"]
        found = sum(source.count(canary.old) for source in sources)
        for cell in book.cells:
            if cell.cell_type == "code":
                cell.source = cell.source.replace(canary.old, canary.new)
        target.write_text(notebook_form.text(book), encoding="utf-8")
    else:
        text = target.read_text(encoding="utf-8")
        found = text.count(canary.old)
        target.write_text(text.replace(canary.old, canary.new), encoding="utf-8")
    assert found == canary.times, f"{canary.old!r} is {found} times in {canary.file}"
    return copy / original.name


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


@pytest.mark.parametrize("canary", CANARIES, ids=str)
def test_canary(canary: Canary, tmp_path: Path) -> None:
    """The notebook turns red when this is broken."""
    path = spoil(canary, tmp_path)
    assert_caught(canary, judge(tmp_path, path), path)


# The machinery itself, proved on a toy


def toy_canary(file: str, old: str, new: str, expect: str) -> Canary:
    return Canary("toy/toy.ipynb", file, old, new, expect)


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
    """A checkout with one notebook, which runs a program beside it and makes a claim."""
    root = tmp_path_factory.mktemp("checkout")
    path = write(
        root / "toy" / "toy.ipynb",
        code("import subprocess, sys"),
        code("answers = int(subprocess.check_output([sys.executable, 'answers.py']))"),
        code("print(answers, 'answers')", "8 answers\n"),
        code("assert answers > 7, f'✗ not so here: {answers}'"),
    )
    path.with_name("answers.py").write_text("print(8)\n", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def toys(checkout: Path) -> tuple[Verdict, dict[Canary, Path]]:
    """The toys' canaries, all in one run with the toy itself, and where each was copied."""
    copies = {
        canary: spoil(canary, checkout / f"copy{number}", checkout)
        for number, canary in enumerate([*CAUGHT, HARMLESS, OTHER_CELL, OTHER_REASON])
    }
    return judge(checkout, checkout / "toy" / "toy.ipynb", *copies.values()), copies


@pytest.mark.parametrize("canary", CAUGHT, ids=str)
def test_toy_is_caught(canary: Canary, toys: tuple[Verdict, dict[Canary, Path]]) -> None:
    """A broken program and a broken claim turn the toy red."""
    verdict, copies = toys
    assert_caught(canary, verdict, copies[canary])


def test_original_stays_green(checkout: Path, toys: tuple[Verdict, dict[Canary, Path]]) -> None:
    """What was copied was not broken."""
    verdict, _ = toys
    assert verdict.outcomes(checkout / "toy" / "toy.ipynb") == ["passed"] * 4


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
    """A canary that leaves the notebook green, or red for another reason, is itself red."""
    verdict, copies = toys
    with pytest.raises(AssertionError, match=complaint):
        assert_caught(canary, verdict, copies[canary])


@pytest.mark.parametrize("file", ["answers.py", "toy.ipynb"])
def test_nothing_to_replace(file: str, checkout: Path, tmp_path: Path) -> None:
    """A canary whose text is no longer there is red, not green."""
    with pytest.raises(AssertionError, match="'gone' is 0 times in"):
        spoil(toy_canary(file, "gone", "", ""), tmp_path, checkout)
