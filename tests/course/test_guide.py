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


def test_minutes_of_parts(tmp_path) -> None:
    """
    A part is its heading and all below it; the notebook's words are read with any of them.
    """
    notebook = tmp_path / "parts.ipynb"
    cells = [
        nbformat.v4.new_markdown_cell(f"# Title\n{'word ' * 9000}\n## Words\n{'word ' * 298}"),
        nbformat.v4.new_markdown_cell(f"## One\n{'word ' * 148}\n### Below\n{'word ' * 148}"),
        nbformat.v4.new_code_cell("pass\n" * 75),
        nbformat.v4.new_markdown_cell(f"## Two\n{'word ' * 1498}"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)

    def minutes(*parts: str) -> int:
        return instructors_timetable.minutes_to_read(notebook, parts)

    # 300 words and 150 are two minutes and one, 75 lines are three, a tenth more for what runs.
    assert minutes("One") == round(1.1 * (2 + 2 + 3))
    assert minutes("Below") == round(1.1 * (2 + 1 + 3))
    assert minutes("One", "Below") == minutes("One")
    assert minutes("Two") == round(1.1 * (2 + 10))
    with pytest.raises(ValueError, match=r"parts\.ipynb has no part named Three\."):
        minutes("One", "Three")


def test_short_ways_in_the_readme() -> None:
    """
    The README has the short ways of the guide, with what they consist of and their minutes.
    """
    readme = instructors_timetable.README.read_text(encoding="utf-8")
    linked = [anchor for _, anchor in instructors_timetable.WAY.findall(readme)]

    assert linked == ["two-hours", "one-day", "on-call-tomorrow", "a-service-that-runs"]
    assert instructors_timetable.with_ways(readme) == readme, (
        "run: .venv/bin/python -m tools.instructors_timetable"
    )


@pytest.mark.parametrize(
    ("way", "most"),
    [("Two hours", 120), ("On call tomorrow", 200), ("A service that runs", 120)],
)
def test_a_short_way(way: str, most: int) -> None:
    """
    Its clock ends after the sum of its minutes, which keep what its name says; what it takes
    of a notebook is named by headings of that notebook, and no exercise comes twice.
    """
    text = GUIDE.split(f"\n### {way}\n")[1].split("\n##")[0]
    rows = list(filter(None, map(instructors_timetable.TIMED.match, text.splitlines())))
    links = [link for row in rows for link in instructors_timetable.LINK.findall(row[2])]
    hours, minutes = rows[-1][1].split(":")

    assert rows[0][1] == "00:00"
    assert rows[-1][2] == "end"
    assert int(hours) * 60 + int(minutes) == sum(int(row[3]) for row in rows) <= most
    assert all((ROOT / link.partition("#")[0]).is_file() for link in links)
    assert sum(link.endswith(".ipynb") for link in links) >= 5
    tasks = [link for link in links if link.endswith("task.md")]
    assert len(tasks) == len(set(tasks))


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
