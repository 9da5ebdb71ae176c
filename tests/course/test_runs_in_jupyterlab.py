"""
A reader's runs in a real JupyterLab, and in a real browser.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.course.jupyterlab import (
    NOTEBOOK_IN_FRONT,
    Lab,
    asked,
    choose,
    clone,
    execute,
    git,
    in_front,
    running_browser,
    running_lab,
    saved,
    wait_for,
)
from tools import ROOT
from tools.notebooks.files import on_disk

NOTEBOOKS = [
    path.relative_to(ROOT).as_posix()
    for path in on_disk()
    if not path.is_relative_to(ROOT / "solutions")
]
ONE = "chapters/02_configuration/2.2_environments/2.2_environments.ipynb"
OTHER = "chapters/02_configuration/2.1_layers/2.1_layers.ipynb"
WITH_PLOTS = "chapters/01_graceful_shutdown/1.2_fastapi/1.2_fastapi.ipynb"
SERVICE = "chapters/01_graceful_shutdown/1.1_what_gets_lost/drops.py"

# The first cell with code, as a click beside it and Shift-Enter would.
RUN_FIRST_CELL = """async () => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = notebook.widgets.findIndex(
        cell => cell.model.type === "code" && cell.model.sharedModel.getSource().length
    );
    notebook.deselectAll();
    await window.jupyterapp.commands.execute("notebook:run-cell");
}"""
RENDERED_IMAGE = 'class="jp-RenderedImage jp-OutputArea-output'
# First the tab, then its kernel: at its end ipykernel may say that a task of its own was still
# pending, and what a kernel says is an output, which makes an open notebook unsaved again.
CLOSE_AND_END_ITS_KERNEL = """async () => {
    const lab = window.jupyterapp;
    const { id } = lab.shell.currentWidget.sessionContext.session;
    await lab.commands.execute("application:close");
    await lab.serviceManager.sessions.shutdown(id);
}"""
EDIT_FIRST_CELL = """text => window.jupyterapp.shell.currentWidget.content.model.sharedModel
    .cells[0].setSource(text)"""

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.kept_with(
        "tools/runs",
        "tools/jupyter",
        "tools/lab.py",
        "tests/course/jupyterlab.py",
        "tests/course/conftest.py",
    ),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """
    One for all tests here, each of which opens notebooks of its own.
    """
    folder = tmp_path_factory.mktemp("runs")
    with running_lab(clone(folder), folder / "home") as started:
        yield started


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with running_browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    opened = browser.new_page()
    yield opened
    opened.close()


def run_first_cell(page: Any) -> None:
    page.evaluate(RUN_FIRST_CELL)

    def has_run() -> bool:
        seen = page.evaluate(NOTEBOOK_IN_FRONT)
        # The number is there when it begins; what changes at its end makes it unsaved again.
        return seen["numbers"][0] == 1 and seen["kernel"] == "idle"

    wait_for(has_run, what="the first cell has run", timeout=60)


def begin(page: Any, command: str, **options: str) -> None:
    """
    Give a command that will ask something before it ends.
    """
    call = "([name, o]) => { window.jupyterapp.commands.execute(name, o); }"
    page.evaluate(call, [command, options])


def update(course: Path, notebook: str, kind: str) -> None:
    """
    Change the last cell of a kind in `origin`, and pull.
    """
    origin = course.parent / "origin"
    file = origin / notebook
    content = json.loads(file.read_text(encoding="utf-8"))
    changed = [cell for cell in content["cells"] if cell["cell_type"] == kind][-1]
    changed["source"] = [*changed["source"], "\n# changed"]
    file.write_text(json.dumps(content), encoding="utf-8")
    git(origin, "commit", "--quiet", "--all", "--message=changed")
    git(course, "pull", "--quiet")


def test_every_notebook_is_opened_run_saved_and_opened_again(lab: Lab, page: Any) -> None:
    """
    1. Each notebook is opened, its first cell run, saved and closed, one after the other.
    2. Each is opened again, in a new window.

    Result: each shows its own run, nobody was asked anything, and Git sees no change.
    """
    page.goto(lab.address)
    in_front(page, NOTEBOOKS[0])
    for path in NOTEBOOKS:
        execute(page, "docmanager:open", path=path, factory="Notebook")
        assert set(in_front(page, path)["numbers"]) == {None}, path
        run_first_cell(page)
        saved(page)
        page.evaluate(CLOSE_AND_END_ITS_KERNEL)
    page.goto(lab.page_of(NOTEBOOKS[0], workspace="later"))
    in_front(page, NOTEBOOKS[0])
    for path in NOTEBOOKS:
        execute(page, "docmanager:open", path=path, factory="Notebook")
        again = in_front(page, path)
        assert (again["numbers"][0], again["dirty"]) == (1, False), path
        page.evaluate(CLOSE_AND_END_ITS_KERNEL)

    assert asked(page) == []
    assert git(lab.course, "status", "--porcelain") == ""


def test_an_update_is_offered(lab: Lab, page: Any) -> None:
    """
    1. A notebook is run and saved, and stays open.
    2. `git pull` brings one with other code.
    3. The open one is saved once more, and opened anew.

    Result: nothing is asked at the save; then the new notebook links the run, which opens.
    """
    page.goto(lab.page_of(ONE))
    in_front(page, ONE)
    run_first_cell(page)
    saved(page)
    update(lab.course, ONE, "code")
    page.evaluate(EDIT_FIRST_CELL, "# My environments")
    saved(page)
    assert asked(page) == []

    page.goto(lab.page_of(ONE, workspace="later"))
    new = in_front(page, ONE)
    assert "The course has changed this notebook since you ran it" in new["sources"][0]
    assert any(source.endswith("# changed") for source in new["sources"])
    assert set(new["numbers"]) == {None}
    assert not new["dirty"]

    page.locator(".jp-MarkdownOutput a", has_text="your run of").first.click()
    (aside,) = (lab.course / "work" / "notebooks" / ONE).parent.glob("* (your run of *).ipynb")
    run = in_front(page, aside.relative_to(lab.course).as_posix())
    assert (run["sources"][0], run["numbers"][0]) == ("# My environments", 1)
    assert git(lab.course, "status", "--porcelain") == ""


def test_two_tabs(lab: Lab, page: Any) -> None:
    """
    1. A notebook is open in two windows; the first saves what it has changed.
    2. The second changes something, too, and saves.

    Result: the second is asked, in JupyterLab's own words.
    """
    other = page.context.new_page()
    for number, window in enumerate((page, other)):
        window.goto(lab.page_of(OTHER, workspace=f"window-{number}"))
        in_front(window, OTHER)
        window.evaluate(EDIT_FIRST_CELL, f"# Window {number}")
    saved(page)
    begin(other, "docmanager:save")

    (question,) = wait_for(lambda: asked(other), what="a question", timeout=60)

    assert "has changed on disk" in question
    assert git(lab.course, "status", "--porcelain") == ""


def test_a_new_notebook_beside_one_is_refused(lab: Lab, page: Any) -> None:
    """
    A dialog says where files of one's own belong, and is no report of a broken server.
    """
    page.goto(lab.page_of(ONE))
    in_front(page, ONE)
    begin(page, "notebook:create-new", cwd=str(Path(ONE).parent))

    (said,) = wait_for(lambda: asked(page), what="a refusal", timeout=60)

    assert "files of your own belong in work/" in said
    assert "Unexpected" not in said
    assert git(lab.course, "status", "--porcelain") == ""


@pytest.mark.parametrize("command", ["docmanager:duplicate", "docmanager:rename"])
def test_what_the_file_menu_refuses_is_said(lab: Lab, page: Any, command: str) -> None:
    """
    Where JupyterLab says nothing of a refusal, the reader has its sentence all the same.
    """
    page.goto(lab.page_of(ONE))
    in_front(page, ONE)
    choose(page, "File", command)
    if command == "docmanager:rename":
        page.locator(".jp-Dialog input").last.fill("mine.ipynb")
        page.locator(".jp-Dialog .jp-mod-accept").last.click()
        page.locator(".jp-Dialog").wait_for(state="detached")

    (said,) = wait_for(lambda: asked(page), what="a refusal", timeout=60)

    assert "files of your own belong in work/" in said
    assert git(lab.course, "status", "--porcelain") == ""


def test_downloads_are_what_is_open(lab: Lab) -> None:
    """
    A download and an export show a notebook as it is opened; a service is served as it is.
    """
    stored = (lab.course / WITH_PLOTS).read_text(encoding="utf-8")
    download = lab.get(f"/files/{WITH_PLOTS}").text
    export = lab.get(f"/nbconvert/html/{WITH_PLOTS}?download=true").text

    assert "image/png" in stored
    assert [source in download for source in ("image/png", "import")] == [False, True]
    assert [mark in export for mark in (RENDERED_IMAGE, "</html>")] == [False, True]
    assert lab.get(f"/files/{SERVICE}").text == (lab.course / SERVICE).read_text()


def test_authors_open_what_is_stored(tmp_path: Path) -> None:
    """
    With `make lab EDIT=1` a notebook has all its outputs, and can be written.
    """
    with running_lab(clone(tmp_path), tmp_path / "home", EDIT="1") as lab:
        model = lab.get(f"/api/contents/{WITH_PLOTS}").json()

    assert "image/png" in json.dumps(model["content"])
    assert model["writable"]
