"""
The pages of the site, as Sphinx reads them; what it makes of them is in `tests/site/`.
"""

from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from tools import ROOT
from tools.notebooks import form
from tools.notebooks.files import on_disk, short
from tools.site import books, pages
from tools.site.links import Places, relink, targets
from tools.site.tasks import task_of
from workbench.exercises.exercise import exercises

PAGE = "chapters/1.1/1.1_toy.ipynb"
PLACES = Places(
    pages=[PAGE, "README.md", "chapters/1.2/1.2_toy.ipynb"],
    files=["chapters/1.1/drops.py", "chapters/1.1/images/drops.dockerfile"],
    pictures=["docs/plot.png"],
)
OPENS, CLOSES = '<details class="answer">', "</details>"


@cache
def written() -> dict[str, str]:
    return dict(pages.pages())


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[a](../1.2/1.2_toy.ipynb#What-you'll-do)", "[a](../1.2/1.2_toy.ipynb#what-youll-do)"),
        ("[a](#Half-open)", "[a](#half-open)"),
        ("[a](drops.py)", "[a](drops.py.md)"),
        ("[`a`](images/drops.dockerfile)", "[`a`](images/drops.dockerfile.md)"),
        ("![a](../../docs/plot.png)", "![a](../../docs/plot.png)"),
        ("[a](https://docs.python.org/3/#A)", "[a](https://docs.python.org/3/#A)"),
        ("[a](../../nowhere.md)", "[a](../../nowhere.md)"),
        ("```python\n[a](drops.py)\n```", "```python\n[a](drops.py)\n```"),
    ],
)
def test_links(link: str, expected: str) -> None:
    """
    A link leads to the page of a file, with the site's anchors; what is code stays.
    """
    assert relink(link, PAGE, PLACES) == expected


def test_links_of_a_page_that_moves() -> None:
    """
    A page that stands elsewhere on the site still leads to the same places.
    """
    assert (
        relink("[a](../README.md)", "site/index.md", PLACES, at="index.md") == "[a](README.md)"
    )


def test_a_link_to_what_only_a_reader_has() -> None:
    """
    Of a link into `work/`, which no site has, the words stay.
    """
    assert relink("Edit [it](../../work/a.py) now", PAGE, PLACES, drop=True) == "Edit it now"


def test_an_answer_waits() -> None:
    """
    After a question, all up to the next question or heading is in a fold; the rest is not.
    """
    book = toy(
        new_markdown_cell("# A toy"),
        new_code_cell('first = predict("How many?", among=range(9))'),
        new_code_cell("first.settle(8)"),
        new_markdown_cell("Eight."),
        new_code_cell('second = predict("And now?", among=range(9))'),
        new_code_cell("second.settle(0)"),
        new_markdown_cell("None.\n\n## What else\n\n```sh\n# no heading\n```"),
        new_code_cell("print(1)"),
    )

    read = books.as_read(book, PAGE, PLACES)

    assert in_folds(read) == ["first.settle(8)", "Eight.", "second.settle(0)", "None."]


def test_a_question_to_a_reader() -> None:
    """
    A question is shown without its code, and without "run this cell".
    """
    stored = "**Prediction.** How many?\n\n0 · 1\n\n*not answered (run this cell)*"
    asked = new_code_cell('first = predict("How many?", among=range(2))')
    asked.outputs = [new_output("display_data", data={"text/markdown": stored})]

    (cell,) = books.as_read(toy(asked), PAGE, PLACES).cells

    assert cell.metadata.tags == ["remove-input"]
    assert cell.outputs[0].data["text/markdown"] == (
        f"**Prediction.** How many?\n\n0 · 1\n\n{books.YOURS}"
    )


@pytest.mark.parametrize(
    ("kind", "stored", "expected"),
    [
        ("markdown", "*drops.py*\n```python\n1\n```", "[*drops.py*](drops.py.md)\n```python"),
        ("markdown", "*drops.py, main*\n```py", "[*drops.py*](drops.py.md), main\n```py"),
        ("html", "<em>from drops.py to x.py</em>", '<a href="drops.py.html">drops.py</a> to x'),
    ],
)
def test_a_service_is_one_click_away(kind: str, stored: str, expected: str) -> None:
    """
    Where a notebook shows a file, whole, in part or as a difference, its name is a link.
    """
    cell = new_code_cell('show("drops.py")')
    cell.outputs = [new_output("display_data", data={f"text/{kind}": stored})]

    (cell,) = books.as_read(toy(cell), PAGE, PLACES).cells

    assert expected in cell.outputs[0].data[f"text/{kind}"]


@pytest.mark.parametrize("path", on_disk(), ids=short)
def test_no_answer_before_its_question(path: Path) -> None:
    """
    Each cell of the course that settles a prediction is in a fold.
    """
    settles = [c.source for c in form.read(path).cells if ".settle(" in c.source]

    folded = in_folds(nbformat.reads(written()[short(path)], as_version=4))

    assert [source for source in settles if source not in folded] == []


@pytest.mark.parametrize("path", on_disk(), ids=short)
def test_every_picture_has_its_words(path: Path) -> None:
    """
    Each picture of the course says in words what it shows; a cell has one at most.
    """
    pictures = [
        (cell, [o for o in cell.outputs if "image/png" in o.get("data", {})])
        for cell in form.read(path).cells
        if cell.cell_type == "code"
    ]

    assert [cell.source for cell, shown in pictures if len(shown) > 1] == []
    assert [cell.source for cell, shown in pictures if shown and not books.words_of(cell)] == []


def test_every_exercise_has_a_page() -> None:
    """
    The page of an exercise has its task, its hints, and a solution in a fold.
    """
    for exercise in exercises():
        page = written()[task_of(exercise)]
        solution = (exercise.solution / exercise.edit).read_text(encoding="utf-8")

        assert page.startswith(f"# {exercise.title}\n")
        assert exercise.task.splitlines()[0] in page
        assert all(hint in page for hint in exercise.hints)
        fold = page[page.index("<summary>Show it</summary>") :]
        assert solution.rstrip() in fold[: fold.index("</details>\n\nWhy")]


def test_every_page_is_in_the_navigation() -> None:
    """
    Each notebook is listed once, chapter by chapter: its notebooks, its lab, its solutions.
    """
    listed = [
        line.split("</")[1][:-1] for line in pages.contents().splitlines() if "</" in line
    ]
    books_of_5 = [path for path in listed if "/05_" in path]

    assert sorted(path for path in listed if path.endswith(".ipynb")) == sorted(
        map(short, on_disk())
    )
    assert sorted(set(listed) - set(pages.texts())) == sorted(pages.notebooks())
    assert books_of_5 == sorted(books_of_5)


def test_no_link_of_a_page_leads_out_of_the_site() -> None:
    """
    Whatever a page links to within the course has a page, too.
    """
    lost = {
        (page, target)
        for page in (*pages.notebooks(), *pages.texts())
        for target in targets(pages._text(page), page)
        if pages.places().page_of(target) is None
    }

    assert lost == set()
    assert (ROOT / pages.START).is_file()


def toy(*cells: NotebookNode) -> NotebookNode:
    return nbformat.v4.new_notebook(cells=list(cells))


def in_folds(book: NotebookNode) -> list[str]:
    """
    The sources of the cells that are in a fold.
    """
    found: list[str] = []
    is_open = False
    for cell in book.cells:
        if cell.source.startswith(OPENS):
            is_open = True
        elif cell.source == CLOSES:
            is_open = False
        elif is_open:
            found.append(cell.source)
    return found
