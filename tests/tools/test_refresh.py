"""
Refreshing notebooks, and editing them as text.
"""

import shutil
from pathlib import Path

import nbformat
import pytest

from tests.tools.tiny_notebooks import code, prose, run, write
from tools.notebooks import compare, form
from tools.notebooks.__main__ import main
from tools.notebooks.edit import edit, save
from tools.notebooks.files import Refused

pytestmark = pytest.mark.kept_with(
    "tools/notebooks", "tests/tools/tiny_notebooks.py", "pyproject.toml"
)

PICTURE = """
import os, matplotlib.pyplot as plt
plt.figure(figsize=(2, 1)); plt.plot([0, os.getpid()]); plt.show()
"""


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write(
        tmp_path_factory.mktemp("refreshed") / "a.ipynb",
        prose("# Measure something"),
        code("import os; print(f'8 ok, ≈ {os.getpid()} ms')"),
        code(PICTURE.strip()),
        code("8"),
    )
    assert refresh(path) == 0
    return path


@pytest.fixture
def refreshed(once: Path, tmp_path: Path) -> Path:
    """
    A notebook, refreshed once, whose number and picture differ from run to run.
    """
    return Path(shutil.copy(once, tmp_path))


def refresh(*arguments: str | Path) -> int:
    return main(["refresh", *map(str, arguments)])


def change(path: Path, old: str, new: str) -> None:
    """
    Edit a source as JupyterLab does: the cell keeps its id and its outputs.
    """
    notebook = form.read(path)
    assert sum(old in cell.source for cell in notebook.cells) == 1
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, path)


def outputs(path: Path, number: int) -> list[nbformat.NotebookNode]:
    return form.read(path).cells[number].outputs


def without_pictures(path: Path) -> str:
    notebook = form.read(path)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("image/png", None)
    return nbformat.writes(notebook)


def test_again(refreshed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Refreshing again changes nothing, although numbers and pictures are others.
    """
    before = refreshed.read_bytes()
    refresh(refreshed)

    assert capsys.readouterr().out.startswith(f"same     {refreshed}")
    assert refreshed.read_bytes() == before


def test_normal_form(refreshed: Path) -> None:
    """
    A refreshed notebook is in normal form, with executions counted from one.
    """
    notebook = form.read(refreshed)
    form.normalise(notebook)

    assert form.text(notebook) == refreshed.read_text(encoding="utf-8")
    assert [c.execution_count for c in notebook.cells if c.cell_type == "code"] == [1, 2, 3]
    assert outputs(refreshed, 3)[0].execution_count == 3


def test_after_jupyterlab(refreshed: Path) -> None:
    """
    What JupyterLab adds (versions, times, other counts, chunks) is gone after a refresh.
    """
    before = without_pictures(refreshed)
    notebook = form.read(refreshed)
    notebook.metadata.language_info.version = "3.14.0"
    for number, cell in enumerate(notebook.cells):
        cell.metadata["execution"] = {"iopub.status.idle": "2026-11-23T20:00:00Z"}
        if cell.cell_type == "code":
            cell.execution_count = number + 40
    first = notebook.cells[1].outputs[0]
    first.text = first.text.removesuffix("ms\n")
    notebook.cells[1].outputs.append(nbformat.v4.new_output("stream", text="ms\n"))
    nbformat.write(notebook, refreshed)
    refresh(refreshed)

    assert without_pictures(refreshed) == before


def test_a_widget_is_stored_as_text(tmp_path: Path) -> None:
    """
    Of a widget its text is stored, not its view, whose kernel is gone; that is all the change.
    """
    path = write(
        tmp_path / "widget.ipynb",
        code("import ipywidgets; ipywidgets.IntSlider(description='in flight', value=8)"),
    )
    refresh(path)
    (shown,) = outputs(path, 0)

    assert list(shown.data) == ["text/plain"]
    assert "in flight" in shown.data["text/plain"]


def test_what_is_fixed_is_marked(tmp_path: Path) -> None:
    """
    An output that says the same gets the mark that it lacks, and stays as it was for the rest.
    """
    marks = "from workbench._display import say; say('the task', fixed=True)"
    path = write(
        tmp_path / "marked.ipynb", code(f"{marks}\nimport os; f'≈ {{os.getpid()}} ms'")
    )
    refresh(path)
    before = path.read_bytes()
    notebook = form.read(path)
    assert notebook.cells[0].outputs[0].metadata.pop("course") == "fixed"
    nbformat.write(notebook, path)
    refresh(path)

    assert path.read_bytes() == before


def test_changed_output(refreshed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A cell that prints something else gets the new output.
    """
    change(refreshed, "8 ok", "9 ok")
    refresh(refreshed)

    assert capsys.readouterr().out.startswith("written")
    assert "9 ok" in outputs(refreshed, 1)[0].text


def test_picture_below_a_change(refreshed: Path) -> None:
    """
    A picture is drawn anew when a cell above it was edited, even if all texts are equal.
    """
    before = outputs(refreshed, 2)
    change(refreshed, "print(f'8 ok", "print(f'8' ' ok")
    refresh(refreshed)
    after = outputs(refreshed, 2)

    assert compare.same(before, after)
    assert before[0].data["image/png"] != after[0].data["image/png"]


def test_redraw(refreshed: Path) -> None:
    """
    With --redraw every picture is new.
    """
    before = outputs(refreshed, 2)
    refresh("--redraw", refreshed)

    assert before[0].data["image/png"] != outputs(refreshed, 2)[0].data["image/png"]


def test_failing_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A cell that fails is named with its source and error, and its notebook stays as it is; an
    unknown magic fails too, and another notebook is refreshed all the same.
    """
    meant = code("raise KeyError('meant')", "", "raises-exception")
    bad = write(tmp_path / "bad.ipynb", meant, prose("Then:"), code("x = 1"), code("x / 0"))
    magic = write(tmp_path / "magic.ipynb", code("%no_such_magic\nx = 1"))
    good = write(tmp_path / "good.ipynb", meant)
    before = bad.read_bytes()
    code_of_all = refresh(bad, magic, good)
    out = capsys.readouterr().out

    assert code_of_all == 1
    assert f"FAILED   {bad}, cell 3: " in out
    assert "x / 0" in out
    assert "ZeroDivisionError" in out
    assert bad.read_bytes() == before
    assert f"FAILED   {magic}, cell 1: " in out
    assert outputs(good, 0)[0].evalue == "'meant'"


def test_not_a_notebook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A name that is no notebook is refused with the way to find one.
    """
    assert refresh(tmp_path / "no.ipynb") == 2
    assert "tools.notebooks list` names them all" in capsys.readouterr().err


def test_from_any_folder(refreshed: Path) -> None:
    """
    A relative name counts from the folder that the command is run in.
    """
    done = run("test", refreshed.name, cwd=refreshed.parent)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


def test_nothing_to_run(refreshed: Path) -> None:
    """
    A notebook that pytest found nothing in is red, although all that was run passed.
    """
    empty = write(refreshed.with_name("empty.ipynb"), prose("# No code"))
    done = run("test", refreshed, empty)

    assert done.returncode == 1
    assert "3 passed" in done.stdout
    assert f"RED: {empty} was not run." in done.stdout


def test_once_more(refreshed: Path, tmp_path: Path) -> None:
    """
    With --again, what failed runs once more, and what fails alone as well is red.
    """
    first = "import pathlib; seen = pathlib.Path('seen'); assert seen.exists() or seen.touch()"
    disturbed = write(tmp_path / "disturbed.ipynb", code(first))
    broken = write(tmp_path / "broken.ipynb", code("assert False"))
    strict = run("test", refreshed, disturbed)
    (tmp_path / "seen").unlink()
    done = run("test", "--again", refreshed, disturbed)

    assert strict.returncode == 1
    assert done.returncode == 0
    assert f"Once more, alone: {disturbed}\n" in done.stdout
    assert run("test", "--again", refreshed, broken).returncode == 1


def test_left_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A notebook that leaves a folder behind is not refreshed.
    """
    monkeypatch.setattr("tools.notebooks.surroundings.GRACE", 0.2)
    path = write(tmp_path / "a.ipynb", code("import tempfile\nx = tempfile.mkdtemp('-left')"))
    before = path.read_bytes()

    assert refresh(path) == 1
    assert "-left" in capsys.readouterr().out
    assert path.read_bytes() == before


def test_edit_and_save(
    refreshed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    To text and back, nothing changes: prose, tags, magics, outputs, order.
    """
    monkeypatch.setattr("tools.notebooks.edit.ROOT", tmp_path)
    stored = form.read(refreshed).cells
    tagged = code("raise ValueError", "", "raises-exception", form.FOLDED)
    more = [prose("- a list\n\n```python\nx = 1\n```"), code("!echo hi\n\n\n%time 1"), tagged]
    path = write(tmp_path / "b.ipynb", *stored, *more)
    before = path.read_bytes()

    edit(path)
    save(path)

    assert path.read_bytes() == before
    assert list((tmp_path / ".edit").iterdir()) == []


def test_a_cell_is_folded_by_its_tag(tmp_path: Path) -> None:
    """
    1. A cell has the tag, another was folded by hand.
    2. The notebook is brought into its normal form.

    Result: JupyterLab hides the source of the first one, and of no other.
    """
    by_hand = code("2")
    by_hand.metadata["jupyter"] = {"source_hidden": True}
    book = form.read(write(tmp_path / "b.ipynb", code("1", "", form.FOLDED), by_hand))

    form.normalise(book)

    hidden = [cell.metadata.get("jupyter", {}).get("source_hidden") for cell in book.cells]
    assert hidden == [True, None]
    assert book.cells[0].metadata.tags == [form.FOLDED]


def test_edit_one_cell(
    refreshed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A cell changed as text loses its outputs; the others keep theirs.
    """
    monkeypatch.setattr("tools.notebooks.edit.ROOT", tmp_path)
    edit(refreshed)
    text = tmp_path / ".edit" / "a.py"
    text.write_text(text.read_text(encoding="utf-8").replace("8 ok", "9 ok"), encoding="utf-8")
    kept = outputs(refreshed, 2)

    save(refreshed)

    assert outputs(refreshed, 1) == []
    assert outputs(refreshed, 2) == kept


def test_edit_twice(refreshed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A text that was not saved yet is not overwritten.
    """
    monkeypatch.setattr("tools.notebooks.edit.ROOT", tmp_path)
    edit(refreshed)
    with pytest.raises(Refused, match="is there already"):
        edit(refreshed)


def test_coalesce_keeps_lines() -> None:
    """
    Only blanks before a carriage return count as a wiped bar.
    """
    made = [nbformat.v4.new_output("stream", text="40 ok\r\n   \r\n    \r")]
    assert form.coalesce(made)[0].text == "40 ok\r\n\n"
