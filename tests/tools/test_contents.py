"""
What a reader opens in JupyterLab, and what becomes of what they save there.
"""

import asyncio
import copy
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.sign import MemorySignatureStore, NotebookNotary
from tornado.web import HTTPError

from tests.tools.tiny_notebooks import code, prose, write
from tools.notebooks.views import VIEW
from tools.runs.contents import ReadersContents
from tools.runs.notebook import is_untouched
from workbench._display import FIXED

CHAPTER = "chapters/05_failure_handling"
NAME = "5.2_retry/5.2_retry.ipynb"
NOTEBOOK = f"{CHAPTER}/{NAME}"
SERVICE = f"{CHAPTER}/5.2_retry/retries.py"
FOLDER = f"{CHAPTER}/5.2_retry"
RUN = f"work/notebooks/{NOTEBOOK}"
CELLS = (prose("# Retry"), prose("**Prediction.** How many?"), code("attempts()"))
PICTURE = {"image/png": "aGk=", "text/plain": "<Figure>"}

Given = TypeVar("Given")


def display(data: dict[str, str], **metadata: str) -> NotebookNode:
    return nbformat.v4.new_output("display_data", data=data, metadata=metadata)


def measured(source: str = "attempts()") -> NotebookNode:
    """
    A cell that shows something fixed, a picture and a number.
    """
    cell = code(source, "≈ 12 ms\n")
    same = display({"text/markdown": "`retries.py`", "text/plain": "retries.py"}, **FIXED)
    cell.outputs = [same, display(PICTURE), *cell.outputs]
    return cell


class Lab:
    """
    A reader at JupyterLab, without JupyterLab.
    """

    def __init__(self, course: Path) -> None:
        self.course = course
        self.contents = ReadersContents(root_dir=str(course), delete_to_trash=False)
        self.contents.notary = NotebookNotary(
            store_factory=MemorySignatureStore, secret=b"of this reader"
        )

    def wait(self, call: Coroutine[Any, Any, Given]) -> Given:
        return asyncio.run(call)

    def look(self, path: str = NOTEBOOK) -> dict[str, Any]:
        """
        What JupyterLab asks before it saves.
        """
        return self.wait(self.contents.get(path, content=False, require_hash=True))

    def model(self, path: str = NOTEBOOK, **options: Any) -> dict[str, Any]:
        return self.wait(self.contents.get(path, require_hash=True, **options))

    def open(self, path: str = NOTEBOOK) -> NotebookNode:
        """
        Open a notebook, as JupyterLab does: it asks for a checkpoint, if there is none.
        """
        notebook = self.model(path)["content"]
        if not self.wait(self.contents.list_checkpoints(path)):
            self.wait(self.contents.create_checkpoint(path))
        return notebook

    def save(self, notebook: NotebookNode, path: str = NOTEBOOK) -> None:
        model = {"type": "notebook", "format": "json", "content": copy.deepcopy(notebook)}
        self.wait(self.contents.save(model, path))

    def run(self, notebook: NotebookNode, said: str = "mine") -> NotebookNode:
        """
        Run all cells, each of which says what the reader was told.
        """
        ran = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for number, cell in enumerate(ran, start=1):
            cell.execution_count = number
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=said)]
            cell.metadata.trusted = True
        return notebook


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def texts(notebook: NotebookNode) -> list[str]:
    """
    What is shown in words, output after output.
    """
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output.get("text") or output.data["text/plain"] for output in shown]


def sources(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    make_course(tmp_path / "course")
    return tmp_path / "course"


def make_course(folder: Path) -> None:
    write(folder / NOTEBOOK, *CELLS[:2], measured())
    (folder / SERVICE).write_text("attempts = 3\n")
    (folder / "work").mkdir()


@pytest.fixture
def lab(course: Path) -> Lab:
    return Lab(course)


def test_opened_without_what_was_measured(lab: Lab) -> None:
    """
    What is the same for everybody stays; pictures, numbers and counts are gone.
    """
    opened = lab.open()

    assert sources(opened) == [cell.source for cell in CELLS]
    assert texts(opened) == ["retries.py"]
    assert opened.cells[2].execution_count is None


def test_the_workbench_says_what_is_fixed(monkeypatch: pytest.MonkeyPatch, lab: Lab) -> None:
    """
    A text is not kept for being text: one that the workbench has not marked is gone, too.
    """
    cell = code("progress()")
    table = {"text/markdown": "| drain | passed |", "text/plain": "drain: passed"}
    cell.outputs = [display(table), display({"text/plain": "task"}, **FIXED)]
    write(lab.course / NOTEBOOK, cell)

    assert texts(lab.open()) == ["task"]


def test_opening_is_no_change(lab: Lab) -> None:
    """
    The kernel's own metadata are there already, so that JupyterLab has nothing to fill in.
    """
    from ipykernel.ipkernel import IPythonKernel  # noqa: PLC0415, the kernel's side

    opened = lab.open()

    assert opened.metadata.language_info == IPythonKernel.language_info
    assert all(cell.metadata.trusted for cell in opened.cells if cell.cell_type == "code")
    assert is_untouched(opened)


def test_reading_writes_nothing(lab: Lab) -> None:
    """
    1. A notebook is opened, and saved twice as it is, as autosave does.
    2. It is listed, downloaded, looked at as text.

    Result: no file has changed, and there is none that was not there.
    """
    before = files(lab.course)

    opened = lab.open()
    lab.save(opened)
    lab.save(opened)
    lab.model(FOLDER)
    lab.model(type="file")
    lab.open(SERVICE)

    assert files(lab.course) == before | files_of(lab, SERVICE)
    assert not (lab.course / "work" / "notebooks").exists()


def files_of(lab: Lab, service: str) -> dict[str, bytes]:
    """
    The checkpoint of a service, which this test asks for and JupyterLab does not.
    """
    kept = f"work/.checkpoints/{FOLDER}/retries-checkpoint.py"
    return {kept: (lab.course / service).read_bytes()}


def test_a_run_is_kept_and_shown_again(lab: Lab) -> None:
    """
    1. A notebook is run and saved, and saved again.
    2. It is opened anew.

    Result: there is the run, trusted; it lies in work/, and the course's file is as it was.
    """
    given = (lab.course / NOTEBOOK).read_bytes()
    notebook = lab.run(lab.open())
    lab.save(notebook)
    lab.save(notebook)

    again = lab.open()

    assert texts(again) == ["mine"]
    assert again.cells[2].execution_count == 1
    assert again.cells[2].metadata.trusted
    assert (lab.course / NOTEBOOK).read_bytes() == given
    assert set(files(lab.course / "work")) == {
        f"notebooks/{NOTEBOOK}",
        f".checkpoints/{FOLDER}/5.2_retry-checkpoint.ipynb",
    }


def test_a_word_is_kept(lab: Lab) -> None:
    """
    What the reader writes into a notebook is theirs, whether a cell has run or not.
    """
    notebook = lab.open()
    notebook.cells[1].source += "\n\nThree, I say."
    lab.save(notebook)

    assert "Three, I say." in lab.open().cells[1].source


def test_what_is_asked_of_a_path_agrees(lab: Lab) -> None:
    """
    Content, download, hash and size are of one and the same file, before a run and after it.
    """
    assert "12 ms" not in lab.model(type="file")["content"]

    lab.save(lab.run(lab.open()))
    stored = (lab.course / RUN).read_bytes()
    digest = hashlib.sha256(stored).hexdigest()

    assert lab.model(type="file")["content"].encode() == stored
    assert [lab.model()["hash"], lab.look()["hash"]] == [digest, digest]
    assert lab.look()["size"] == len(stored)


def test_another_reader_does_not_trust_it(lab: Lab) -> None:
    """
    A run is trusted by whoever has made it.
    """
    lab.save(lab.run(lab.open()))

    assert not Lab(lab.course).open().cells[2].metadata.trusted


def test_two_tabs(lab: Lab) -> None:
    """
    1. A notebook is open twice.
    2. The first saves a run.

    Result: what the second asks before it saves shows that the file is another.
    """
    first, second = lab.open(), lab.look()["hash"]
    lab.save(lab.run(first))

    assert lab.look()["hash"] != second


def pull(course: Path, *cells: NotebookNode) -> None:
    write(course / NOTEBOOK, *cells)


NEW_PROSE = (prose("# Retry, and pay"), CELLS[1], measured())
NEW_CODE = (*CELLS[:2], measured("attempts(3)"))


def test_a_pull_where_nothing_was_run(lab: Lab) -> None:
    """
    The new notebook is there; nothing is asked of a tab that has the old one open.
    """
    before = lab.look()["hash"]
    pull(lab.course, *NEW_CODE)

    assert lab.look()["hash"] == before
    assert sources(lab.open())[-1] == "attempts(3)"


def test_a_pull_of_other_outputs(lab: Lab) -> None:
    """
    What the course has measured anew is no update of what a reader has run.
    """
    lab.save(lab.run(lab.open()))
    other = measured()
    other.outputs[-1].text = "≈ 13 ms\n"
    pull(lab.course, *CELLS[:2], other)

    assert texts(lab.open()) == ["mine"]
    assert sources(lab.open()) == [cell.source for cell in CELLS]


def test_a_pull_of_prose(lab: Lab) -> None:
    """
    1. A notebook is run and saved.
    2. The course changes its prose only.

    Result: the new prose stands around the reader's run, still trusted.
    """
    lab.save(lab.run(lab.open()))
    pull(lab.course, *NEW_PROSE)

    opened = lab.open()

    assert sources(opened) == [cell.source for cell in NEW_PROSE]
    assert texts(opened) == ["mine"]
    assert opened.cells[2].metadata.trusted
    assert [path.name for path in (lab.course / RUN).parent.iterdir()] == ["5.2_retry.ipynb"]


def set_aside(lab: Lab) -> list[Path]:
    return sorted((lab.course / RUN).parent.glob("* (your run of *).ipynb"))


def linked(lab: Lab, notebook: NotebookNode) -> list[Path]:
    """
    What the notice at the top links, as JupyterLab resolves it.
    """
    links = [unquote(link) for link in re.findall(r"\]\((.+?)\)", notebook.cells[0].source)]
    assert all(link.startswith("../") for link in links)
    return [Path(os.path.normpath(lab.course / FOLDER / link)) for link in links]


def test_a_pull_of_code(lab: Lab) -> None:
    """
    1. A notebook is run and saved.
    2. The course changes its code.

    Result: the new notebook says so at its top and links the run, which is as it was saved.
    """
    lab.save(lab.run(lab.open()))
    run = (lab.course / RUN).read_bytes()
    pull(lab.course, *NEW_CODE)

    opened = lab.open()

    assert "The course has changed this notebook since you ran it" in opened.cells[0].source
    assert sources(opened)[1:] == [cell.source for cell in NEW_CODE]
    assert texts(opened) == ["retries.py"]
    assert linked(lab, opened) == set_aside(lab)
    assert [path.read_bytes() for path in set_aside(lab)] == [run]


def test_a_pull_of_prose_under_what_the_reader_has_edited(lab: Lab) -> None:
    """
    Nobody merges what two have written: the reader's is set aside.
    """
    notebook = lab.run(lab.open())
    notebook.cells[1].source += "\n\nThree, I say."
    lab.save(notebook)
    pull(lab.course, *NEW_PROSE)

    assert sources(lab.open())[1:] == [cell.source for cell in NEW_PROSE]
    assert ["Three, I say." in path.read_text() for path in set_aside(lab)] == [True]


@pytest.mark.parametrize("has_run", [False, True], ids=["not run yet", "run and saved"])
def test_a_pull_under_an_open_tab(lab: Lab, *, has_run: bool) -> None:
    """
    1. A notebook is open; perhaps it was saved already.
    2. The course changes its code.
    3. The open one is run and saved.

    Result: the save finds the file as it left it, and the run is known as one of the old
    notebook, which is set aside when the new one is opened.
    """
    notebook = lab.open()
    if has_run:
        lab.save(lab.run(notebook))
    before = lab.look()["hash"]
    pull(lab.course, *NEW_CODE)
    assert lab.look()["hash"] == before
    lab.save(lab.run(notebook, said="on"))

    opened = lab.open()

    assert sources(opened)[-1] == "attempts(3)"
    assert [texts(nbformat.read(path, 4)) for path in set_aside(lab)] == [["on"]]


def test_a_notice_is_not_kept(lab: Lab) -> None:
    """
    1. A run was set aside, and the new notebook is saved as it is: nothing is kept.
    2. It is run and saved.

    Result: it opens as the reader's run, without the notice; the earlier run is still there.
    """
    lab.save(lab.run(lab.open()))
    pull(lab.course, *NEW_CODE)
    notebook = lab.open()
    lab.save(notebook)
    assert not (lab.course / RUN).exists()
    lab.save(lab.run(notebook, said="anew"))

    assert sources(lab.open()) == [cell.source for cell in NEW_CODE]
    assert texts(lab.open()) == ["anew"]
    assert len(set_aside(lab)) == 1


def test_two_updates_in_a_day(lab: Lab) -> None:
    """
    Each run that is set aside has a name of its own, and both are linked.
    """
    lab.save(lab.run(lab.open()))
    pull(lab.course, *NEW_CODE)
    lab.save(lab.run(lab.open()))
    pull(lab.course, *CELLS)

    opened = lab.open()

    assert len(set_aside(lab)) == 2
    assert sorted(linked(lab, opened)) == set_aside(lab)


def test_a_widget_is_kept_in_words(lab: Lab) -> None:
    """
    The kernel that a widget belonged to is gone when the run is opened again.
    """
    notebook = lab.run(lab.open())
    notebook.cells[2].outputs = [display({VIEW: "{}", "text/plain": "your answer: 5"})]
    notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {}}
    lab.save(notebook)

    again = lab.open()

    assert again.cells[2].outputs[0].data == {"text/plain": "your answer: 5"}
    assert "widgets" not in again.metadata


def test_a_deleted_run_begins_anew(lab: Lab) -> None:
    """
    The reader's run is what is deleted, with its checkpoint, and never the course's file.
    """
    given = files(lab.course)
    lab.save(lab.run(lab.open()))
    lab.wait(lab.contents.delete(NOTEBOOK))

    assert texts(lab.open()) == ["retries.py"]
    assert files(lab.course) == given


def test_back_to_the_checkpoint(lab: Lab) -> None:
    """
    1. A run is saved with a checkpoint, then another one without.
    2. The reader goes back.

    Result: there is the first, and the course's file is as it was, also when the run is gone.
    """
    given = (lab.course / NOTEBOOK).read_bytes()
    lab.save(lab.run(lab.open(), said="first"))
    lab.save(lab.run(lab.open(), said="second"))
    assert texts(lab.open()) == ["second"]

    lab.wait(lab.contents.restore_checkpoint("checkpoint", NOTEBOOK))
    assert texts(lab.open()) == ["first"]

    (lab.course / RUN).unlink()
    lab.wait(lab.contents.restore_checkpoint("checkpoint", NOTEBOOK))
    assert texts(lab.open()) == ["first"]
    assert (lab.course / NOTEBOOK).read_bytes() == given


def as_text(content: str = "x = 1\n") -> dict[str, str]:
    return {"type": "file", "format": "text", "content": content}


REFUSED: dict[str, Callable[[ReadersContents], Coroutine[Any, Any, object]]] = {
    "new notebook": lambda c: c.new_untitled(FOLDER, type="notebook"),
    "new file": lambda c: c.new_untitled(FOLDER, type="file"),
    "new folder": lambda c: c.new_untitled(FOLDER, type="directory"),
    "upload": lambda c: c.save(as_text() | {"chunk": 1}, f"{FOLDER}/large.bin"),
    "save a service": lambda c: c.save(as_text(), SERVICE),
    "rename": lambda c: c.rename(NOTEBOOK, f"{FOLDER}/mine.ipynb"),
    "move away": lambda c: c.rename(SERVICE, "work/mine.py"),
    "move in": lambda c: c.rename("work/own.py", f"{FOLDER}/own.py"),
    "delete": lambda c: c.delete(NOTEBOOK),
    "delete a service": lambda c: c.delete(SERVICE),
    "delete a chapter": lambda c: c.delete("chapters"),
    "duplicate": lambda c: c.copy(NOTEBOOK, FOLDER),
    "duplicate a folder": lambda c: c.copy(FOLDER, CHAPTER),
    "by a detour": lambda c: c.save(as_text(), f"work/../{SERVICE}"),
    "back to a checkpoint": lambda c: c.restore_checkpoint("checkpoint", SERVICE),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_refused(lab: Lab, refused) -> None:
    """
    A sentence says where files of one's own belong, and nothing has changed.
    """
    (lab.course / "work" / "own.py").write_text("mine\n")
    before = files(lab.course)

    with pytest.raises(HTTPError) as refusal:
        lab.wait(refused(lab.contents))

    assert refusal.value.status_code == 403
    assert refusal.value.reason.startswith("chapters/ stays as the course has it.")
    assert "belong in work/" in refusal.value.reason
    assert files(lab.course) == before


def test_a_notebook_as_text(lab: Lab) -> None:
    """
    An editor cannot tell what is the course's in it: it is refused, by another sentence.
    """
    with pytest.raises(HTTPError, match="open it as one"):
        lab.wait(lab.contents.save(as_text("{}"), NOTEBOOK))


def test_what_can_be_written(lab: Lab) -> None:
    """
    JupyterLab is told: a notebook of the course can be saved, a service beside it cannot.
    """
    writable = [lab.look(path)["writable"] for path in (NOTEBOOK, SERVICE, FOLDER, "work")]

    assert writable == [True, False, False, True]


def test_files_of_the_reader(lab: Lab) -> None:
    """
    In work/ all goes on as ever: new, saved, renamed with its checkpoint, deleted.
    """
    made = lab.wait(lab.contents.new_untitled("work", type="notebook"))["path"]
    lab.save(lab.run(lab.open(made)), made)
    lab.wait(lab.contents.new({"type": "directory"}, "work/mine"))
    lab.wait(lab.contents.rename(made, "work/mine/retry.ipynb"))
    assert set(files(lab.course / "work")) == {
        "mine/retry.ipynb",
        ".checkpoints/work/mine/retry-checkpoint.ipynb",
    }

    lab.wait(lab.contents.delete("work/mine/retry.ipynb"))
    assert files(lab.course / "work") == {}


def test_kernel_of_a_run(lab: Lab) -> None:
    """
    A run finds its services, also when it was set aside.
    """
    lab.save(lab.run(lab.open()))
    pull(lab.course, *NEW_CODE)
    lab.open()
    aside = set_aside(lab)[0].relative_to(lab.course).as_posix()

    assert lab.wait(lab.contents.get_kernel_path(NOTEBOOK)) == FOLDER
    assert lab.wait(lab.contents.get_kernel_path(aside)) == FOLDER


def test_a_run_that_is_broken(lab: Lab) -> None:
    """
    It is said to be unreadable, and deleting it brings the course's notebook back.
    """
    lab.save(lab.run(lab.open()))
    (lab.course / RUN).write_text('{"cells": [')

    with pytest.raises(HTTPError, match="Unreadable Notebook"):
        lab.open()
    lab.wait(lab.contents.delete(NOTEBOOK))

    assert texts(lab.open()) == ["retries.py"]


def test_a_merge_in_the_notebook(lab: Lab) -> None:
    """
    A notebook of the course that is no notebook is called unreadable, with or without a run.
    """
    run = lab.run(lab.open())
    (lab.course / NOTEBOOK).write_text("<<<<<<< HEAD\n")
    with pytest.raises(HTTPError, match="Unreadable Notebook"):
        lab.open()
    lab.save(run)

    assert texts(lab.open()) == ["mine"]


@contextmanager
def somebody_else() -> Iterator[None]:
    """
    For root, who may write everywhere, be nobody for a while.
    """
    nobody = 65534
    if os.geteuid() == 0:
        os.setresuid(nobody, nobody, 0)
        try:
            yield
        finally:
            os.setresuid(0, 0, 0)
    else:
        yield


def test_a_checkout_that_is_read_only() -> None:
    """
    1. The checkout belongs to somebody else, and only its work/ is the reader's.
    2. A notebook is opened, run, saved and opened again.
    3. work/ cannot be written either: another notebook is told so.

    Result: the run is there; what cannot be kept is read-only from the beginning.
    """
    with tempfile.TemporaryDirectory(prefix="read-only-") as folder:
        course = Path(folder, "course")
        make_course(course)
        shutil.copytree(course / CHAPTER, course / "labs")
        Lab(course).model(f"labs/{NAME}")  # imports what it imports
        Path(folder).chmod(0o755)
        (course / "work").chmod(0o777)
        for path in (*course.glob("chapters/**"), *course.glob("labs/**"), course):
            path.chmod(0o555)
        try:
            with somebody_else():
                lab = Lab(course)
                assert lab.look()["writable"]
                lab.save(lab.run(lab.open()))
                assert texts(lab.open()) == ["mine"]
            for path in course.glob("work/**/"):
                path.chmod(0o555)
            with somebody_else():
                assert not lab.look(f"labs/{NAME}")["writable"]
        finally:
            for path in (course, *course.glob("**/")):
                path.chmod(0o755)
