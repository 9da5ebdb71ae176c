"""
Predictions that are made by clicks, in a real JupyterLab: drawn, settled and summed up.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.course.jupyterlab import (
    NOTEBOOK_IN_FRONT,
    Lab,
    choose,
    clone,
    in_front,
    running_lab,
    saved,
    wait_for,
)
from workbench._display import VIEW

START = "chapters/00_start_here/00_start_here.ipynb"
LOST = "chapters/01_graceful_shutdown/1.1_what_gets_lost/1.1_what_gets_lost.ipynb"
BREAKER = "chapters/05_failure_handling/5.1_circuit_breaker/5.1_circuit_breaker.ipynb"

CODE = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .map((cell, place) => [place, cell.model.type, cell.model.sharedModel.getSource()])
    .filter(([place, type, source]) => type === "code" && source.length)
    .map(([place, type, source]) => [place, source])"""
# As a click beside the cell and Ctrl-Enter would; says what it then shows.
RUN = """async place => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = place;
    notebook.deselectAll();
    await notebook.scrollToItem(place);
    await window.jupyterapp.commands.execute("notebook:run-cell");
    return notebook.widgets[place].model.outputs.toJSON();
}"""
CLICKABLE = ".jp-Notebook-cell.jp-mod-active .prediction"
OPTION = ".widget-radio-box label"
AFTER = "box => getComputedStyle(box, '::after').content"

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.kept_with(
        "chapters/00_start_here",
        "chapters/01_graceful_shutdown/1.1_what_gets_lost",
        "chapters/05_failure_handling/5.1_circuit_breaker",
        "tools/runs",
        "tools/jupyter",
        "tools/lab.py",
        "tests/course/jupyterlab.py",
    ),
]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    work = {"WORKBENCH_WORK": str(tmp_path / "predicted")}
    with running_lab(clone(tmp_path), tmp_path / "home", **work) as started:
        yield started


def cells(lab: Lab, page: Any, notebook: str) -> list[tuple[int, str]]:
    """
    Open a notebook: the places of its cells with code, and their sources.
    """
    page.goto(lab.page_of(notebook))
    in_front(page, notebook)
    found: list[tuple[int, str]] = page.evaluate(CODE)
    return found


def answer(page: Any) -> str:
    """
    Answer the question of the cell that has just run: its last option, or fifty.
    """
    box = page.locator(CLICKABLE)
    box.wait_for()
    number = box.locator("input[type=text]")
    if number.count():
        number.fill("50")
        number.press("Enter")
        chosen = "50"
    else:
        option = box.locator(OPTION).last
        chosen = option.inner_text().strip()
        option.click()
    box.get_by_text(f"your answer: {chosen}").wait_for()
    return chosen


@pytest.mark.parametrize(("notebook", "drawn"), [(START, 1), (LOST, 3), (BREAKER, 3)])
def test_predicted_by_clicks(lab: Lab, page: Any, notebook: str, drawn: int) -> None:
    """
    1. The reader runs cell after cell, and answers each question before they go on.
    2. They save the notebook.

    Result: plots have the answers; at the end each stands beside what was measured; what is
    saved has them in words, and no view of a widget.
    """
    said, plots, total = [], [], ""
    for place, source in cells(lab, page, notebook):
        outputs = page.evaluate(RUN, place)
        assert "error" not in {output["output_type"] for output in outputs}, outputs
        if "= predict(" in source:
            said.append(answer(page))
        data = [output.get("data", {}) for output in outputs]
        plots += [each["text/plain"] for each in data if "image/png" in each]
        if source == "predictions()":
            total = data[0]["text/plain"]

    rows = [line.split(" | ") for line in total.splitlines() if "?" in line]
    assert [you for _, you, *_ in rows] == said
    assert len(rows) >= 4
    assert "not yet" not in total
    assert total.endswith(f" of {len(said)}.")
    assert sum("you predicted" in plot for plot in plots) == drawn

    saved(page)
    (kept,) = lab.course.rglob(f"work/**/{Path(notebook).name}")
    shown = [
        output["data"]
        for cell in json.loads(kept.read_text(encoding="utf-8"))["cells"]
        for output in cell.get("outputs", [])
        if "Prediction." in "".join(output.get("data", {}).get("text/plain", ""))
    ]
    assert len(shown) == len(said)
    for data, chosen in zip(shown, said, strict=True):
        assert VIEW not in data
        assert f"your answer: {chosen}; measured: " in "".join(data["text/plain"])


def answered(lab: Lab, page: Any) -> tuple[str, Any, list[int]]:
    """
    Run a cell with a question, and answer it: the answer, its box, and the cells to run again.
    """
    places = [
        place for place, source in cells(lab, page, LOST) if re.search(r"import |\(9\)", source)
    ]
    for place in places:
        page.evaluate(RUN, place)
    return answer(page), page.locator(CLICKABLE), places


def is_given_up(box: Any) -> None:
    """
    Wait until a question says that its kernel is gone; its buttons are, too.
    """
    wait_for(
        lambda: "run the cell again" in box.evaluate(AFTER),
        what="the question says that its kernel is gone",
        timeout=30,
    )
    assert not box.locator(OPTION).last.is_visible()


def is_asked_again(page: Any, places: list[int], chosen: str) -> None:
    for place in places:
        page.evaluate(RUN, place)
    box = page.locator(CLICKABLE)
    box.get_by_text(f"your answer: {chosen}").wait_for()
    assert box.locator(OPTION).last.is_visible()
    assert box.evaluate(AFTER) == "none"


def test_after_a_restart(lab: Lab, page: Any) -> None:
    """
    1. A reader answers, and restarts the kernel.
    2. They run the cells again.

    Result: buttons that would hear nothing are gone, and a sentence says what to do; then the
    answer is there again.
    """
    chosen, box, places = answered(lab, page)

    choose(page, "Kernel", "kernelmenu:restart")
    page.locator(".jp-Dialog .jp-mod-accept").last.click()
    is_given_up(box)
    assert box.get_by_text(f"your answer: {chosen}").is_visible()

    in_front(page, LOST)
    is_asked_again(page, places, chosen)


def test_after_a_shutdown(lab: Lab, page: Any) -> None:
    """
    1. A reader answers, and shuts the kernel down.
    2. They move the mouse to the buttons.
    3. They run the cells again, in a new kernel.

    Result: before they can click, the buttons are gone, and a sentence says what to do; then
    the answer is there again.
    """
    chosen, box, places = answered(lab, page)

    choose(page, "Kernel", "kernelmenu:shutdown")
    page.mouse.move(0, 0)
    wait_for(
        lambda: not page.evaluate(NOTEBOOK_IN_FRONT)["kernel"],
        what="the kernel is shut down",
        timeout=30,
    )
    assert box.locator(OPTION).last.is_visible()
    box.hover()
    is_given_up(box)
    assert box.get_by_text(f"your answer: {chosen}").is_visible()

    is_asked_again(page, places, chosen)
