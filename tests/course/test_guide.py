"""
What the guide for instructors says of the notebooks is so.
"""

import re

import nbformat
import pytest

from tools import ROOT, instructors_timetable
from tools.notebooks.files import on_disk
from tools.notebooks.form import read

GUIDE = instructors_timetable.GUIDE.read_text(encoding="utf-8")
NOTES = re.findall(
    r"^\| \[[^]]+\]\((chapters/[^)]+)\) \| ([^|]+) \| \*([^|]+)\* \| [^|]+ \|$",
    GUIDE,
    re.MULTILINE,
)


def test_minutes_of_the_notebooks() -> None:
    readme = instructors_timetable.README.read_text(encoding="utf-8")

    assert instructors_timetable.readme_filled(readme) == readme, (
        "run: .venv/bin/python -m tools.instructors_timetable"
    )


def test_more_to_read_takes_longer(tmp_path) -> None:
    short, long = tmp_path / "short.ipynb", tmp_path / "long.ipynb"
    for path, words, lines, hidden in ((short, 1500, 100, 0), (long, 3000, 200, 500)):
        folded = nbformat.v4.new_code_cell("pass\n" * hidden)
        folded.metadata["jupyter"] = {"source_hidden": True}
        cells = [
            nbformat.v4.new_markdown_cell("word " * words),
            nbformat.v4.new_code_cell("pass\n" * lines),
            folded,
        ]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)

    # 1500 words are ten minutes, a hundred lines are four; what is folded is not read.
    assert instructors_timetable.minutes_to_read(short) == 15
    assert instructors_timetable.minutes_to_read(long) == 30


def test_times() -> None:
    """
    The clock and the sums are those of the README's minutes.
    """
    assert instructors_timetable.filled(GUIDE) == GUIDE, (
        "run: .venv/bin/python -m tools.instructors_timetable"
    )


def test_changed_minutes(monkeypatch) -> None:
    """
    Other minutes of a notebook move the rows after it, and change the sums.
    """
    minutes = instructors_timetable.minutes_in_readme()
    minutes["chapters/00_start_here/00_start_here.ipynb"] += 5
    monkeypatch.setattr(instructors_timetable, "minutes_in_readme", lambda: minutes)

    new = instructors_timetable.filled(GUIDE)

    assert "| 09:40 | [1.1 What gets lost]" in new
    assert f"| all | {sum(n for p, n in minutes.items() if p.startswith('chapters'))} |" in new


def test_every_notebook_has_its_notes() -> None:
    """
    No notebook of the chapters is without a question for the room.
    """
    chapters = [path for path in on_disk() if path.is_relative_to(ROOT / "chapters")]

    names = [path.relative_to(ROOT).as_posix() for path in chapters]
    lacking = sorted(set(names) - {path for path, _, _ in NOTES})

    assert not lacking, f"INSTRUCTORS.md has no question for {', '.join(lacking)}"
    assert [path for path, _, _ in NOTES] == names


@pytest.mark.parametrize(("path", "question", "title"), NOTES, ids=[path for path, *_ in NOTES])
def test_plots_to_stop_at(path: str, question: str, title: str) -> None:
    """
    The plot is in the notebook under that title; what is asked before it is a question.
    """
    assert question.endswith("?")
    assert any(f'"{title}"' in cell.source for cell in read(ROOT / path).cells)


def test_parts_to_cut() -> None:
    """
    What may be cut is a heading of the notebook that it is said to be in.
    """
    for sentence in re.findall(r"^Cut: .+$", GUIDE, re.MULTILINE):
        for names, number in re.findall(r"((?:\*[^*]+\*(?:, | and )?)+) in (\d\.\d)", sentence):
            (path,) = (ROOT / path for path, *_ in NOTES if f"/{number}_" in path)
            headings = "\n".join(cell.source for cell in read(path).cells)
            for name in re.findall(r"\*([^*]+)\*", names):
                assert re.search(rf"^##+ {re.escape(name)}", headings, re.MULTILINE), name
