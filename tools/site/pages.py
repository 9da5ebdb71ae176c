"""
The pages of the site, as Sphinx reads them.

What there is, is found: every notebook and every exercise, what README and they link to, and
the files beside them, each on a page that shows it.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path, PurePosixPath

import nbformat
from nbformat import NotebookNode

from tools import ROOT
from tools.notebooks import form
from tools.notebooks.files import on_disk
from workbench.exercises.exercise import Exercise, exercises

from .books import as_read
from .links import LINK, Places, address, relink, shown_as, targets
from .markup import code, files, fold, tree
from .tasks import task, task_of

README = "README.md"
COURSE = "Get the course"  # what README is called here: the first page has its title
START = "site/index.md"
GAINS = "<!-- gains -->"  # in START: what README promises
CHAPTERS = "<!-- chapters -->"  # in START: README's table of them
CONTENTS = "<!-- contents -->"  # in START: the site's navigation
PICTURES = (".png", ".svg")
ELSEWHERE = ("task.md", "exercise.toml", "hints.toml")  # on an exercise's page, or on none
MADE = ("__pycache__", ".ipynb_checkpoints")


def write(folder: Path) -> None:
    """
    Write all pages into a folder, in place of what is there.

    What has not changed is not touched, so that Sphinx does not read it again.
    """
    written = {name: text.encode() for name, text in pages()}
    written |= {name: (ROOT / name).read_bytes() for name in places().pictures}
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in written:
            path.unlink()
    for name, content in written.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def pages() -> Iterator[tuple[str, str]]:
    """
    The name of each page, as Sphinx reads it, and its text.
    """
    yield "index.md", start()
    for path in notebooks():
        yield path, form.text(notebook(path))
    for exercise in exercises():
        lab, solutions = (notebook_in(top, exercise) for top in ("labs", "solutions"))
        page = task(exercise, places(), lab=lab, solutions=solutions, course=README)
        yield task_of(exercise), page
    for path in texts():
        text = relink(_text(path), path, places())
        yield path, titled(text, COURSE) if path == README else text
    for path in places().files:
        yield shown_as(path), shown(path)


@cache
def notebooks() -> tuple[str, ...]:
    """
    Every notebook, in the order of its path.
    """
    return tuple(path.relative_to(ROOT).as_posix() for path in on_disk())


def notebook_in(top: str, exercise: Exercise) -> str:
    """
    The notebook of an exercise's chapter in labs/ or solutions/.
    """
    folder = f"{top}/{PurePosixPath(exercise.path).parent}"
    return next(path for path in notebooks() if _folder(path) == folder)


@cache
def places() -> Places:
    """
    What the site has.
    """
    tasks = [task_of(exercise) for exercise in exercises()]
    linked = _linked_from([*notebooks(), *tasks, README, START])
    beside = {file for folder in _folders() for file in _files_in(folder)}
    names = {*notebooks(), *tasks, README, *(p for p in linked - beside if p.endswith(".md"))}
    pictures = {path for path in linked if path.endswith(PICTURES)}
    return Places(sorted(names), sorted((beside | linked) - names - pictures), sorted(pictures))


def texts() -> list[str]:
    """
    The pages that are no notebook and no task: README, and all that is linked from there.
    """
    tasks = {task_of(exercise) for exercise in exercises()}
    return [path for path in places().pages if path.endswith(".md") and path not in tasks]


def start() -> str:
    """
    The first page: what this is, where to begin, what there is.
    """
    text = relink(_text(START), START, places(), at="index.md")
    text = text.replace(GAINS, gains())
    text = text.replace(CHAPTERS, relink(table(), README, places(), at="index.md"))
    return text.replace(CONTENTS, contents())


def gains() -> str:
    """
    README's list of what a reader will be able to do.
    """
    _, after = _text(README).split("You will be able to\n\n", 1)
    return after.split("\n\n", 1)[0]


def table() -> str:
    """
    README's table of the chapters.
    """
    _, after = _text(README).split("## Chapters\n", 1)
    return after.split("\n## ", 1)[0].strip()


def contents() -> str:
    """
    The navigation: chapter by chapter, then all the rest.
    """
    parts = [
        tree([(name_of(path), f"/{path}") for path in paths], caption=_in_words(chapter))
        for chapter, paths in groupby(sorted(notebooks(), key=_chapter), key=_chapter)
    ]
    others = [(_heading(path), f"/{path}") for path in texts() if path != README]
    around = tree([(COURSE, f"/{README}"), *others], caption="Around it")
    return "\n\n".join([*parts, around])


def name_of(path: str) -> str:
    """
    What the navigation calls a notebook: as README's table does, where it does.
    """
    for found in LINK.finditer(table()):
        if found["target"] == path:
            return found["words"][1:-1]
    return _in_words(PurePosixPath(path).stem)


def notebook(path: str) -> NotebookNode:
    """
    A notebook: below its title, where it stands and how to run it; a lab, with its tasks in the
    navigation.
    """
    book = as_read(form.read(ROOT / path), path, places())
    if path.startswith("solutions/"):  # whose notebooks all have one title
        of_which = f"{_heading(path)} of chapter {_in_words(_chapter(path)).split()[0]}"
        book.cells[0].source = titled(book.cells[0].source, of_which)
    place = f"{_in_words(_chapter(path))}: {name_of(path)}"
    here = nbformat.v4.new_markdown_cell(f"{place}\n\n{how_to_run(path)}")
    book.cells.insert(1, here)
    tasks = [each for each in exercises() if notebook_in("labs", each) == path]
    if tasks:
        entries = ((each.title, address(task_of(each), path)) for each in tasks)
        book.cells.append(nbformat.v4.new_markdown_cell(tree(entries)))
    for cell, name in zip(book.cells, form.ids(book.cells), strict=True):
        cell.id = name
    return book


def titled(text: str, title: str) -> str:
    """
    A page under another title.
    """
    _, _, below = text.partition("\n")
    return f"# {title}\n{below}"


def how_to_run(path: str) -> str:
    """
    How to run a notebook, and all files that it runs.
    """
    is_chapter = path.startswith("chapters/")
    beside = [file for file in places().files if file.startswith(f"{_folder(path)}/")]
    runs = f"\n\nIt runs {files(beside, path)}." if is_chapter and beside else ""
    how = f"In [the course's folder]({address(README, path)}), `make lab` opens JupyterLab."
    return fold("Run it", f"{how}\nThere, open `{path}`.{runs}", kind="run")


def shown(file: str) -> str:
    """
    The page of a file: itself.
    """
    here, parts = shown_as(file), PurePosixPath(file).parts
    # With the folder that tells it from its namesakes.
    title = "/".join(parts[2:]) if parts[0] in ("chapters", "labs") else file
    owners = [page for page in places().pages if file.startswith(f"{_folder(page)}/")]
    owner = max(owners, key=len, default="")
    whose = f", of [{_heading(owner)}]({address(owner, here)})" if owner else ""
    page = [
        "---\norphan: true\n---",
        f"# `{title}`",
        f"`{file}`{whose}",
        '<div data-pagefind-weight="0.1">',  # who searches is told of prose first
        code(_text(file), parts[-1]),
        "</div>",
    ]
    return "\n\n".join(page) + "\n"


def _linked_from(begin: Iterable[str]) -> set[str]:
    """
    The files that are linked from these pages, and from the .md files that are.
    """
    seen: set[str] = set()
    waiting = deque(begin)
    while waiting:
        page = waiting.popleft()
        for target in targets(_text(page), page):
            if target not in seen and (ROOT / target).is_file():
                seen.add(target)
                if target.endswith(".md"):
                    waiting.append(target)
    return seen


def _folders() -> Iterator[Path]:
    for path in notebooks():
        if path.startswith("chapters/"):
            yield (ROOT / path).parent
    for exercise in exercises():
        yield exercise.folder


def _files_in(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        ours = not set(MADE) & set(path.parts) and path.suffix != ".ipynb"
        if ours and path.is_file() and path.name not in ELSEWHERE:
            yield path.relative_to(ROOT).as_posix()


@cache
def _text(path: str) -> str:
    if path.endswith(".ipynb"):
        cells = form.read(ROOT / path).cells
        return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def _heading(path: str) -> str:
    """
    The first heading of a page.
    """
    for exercise in exercises():
        if path == task_of(exercise):
            return exercise.title
    lines = _text(path).splitlines()
    return next(line.removeprefix("# ") for line in lines if line.startswith("# "))


def _chapter(path: str) -> str:
    return PurePosixPath(path).parts[1]


def _folder(path: str) -> str:
    return str(PurePosixPath(path).parent)


def _in_words(name: str) -> str:
    """
    "05_failure_handling" in words: "5 Failure handling".
    """
    number, _, words = name.partition("_")
    if not words:
        return number.capitalize()
    return f"{number.lstrip('0')} {words.replace('_', ' ').capitalize()}".strip()
