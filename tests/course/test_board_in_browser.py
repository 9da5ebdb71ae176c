"""
A control in a real browser: a hand on a lever, while the experiment runs.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from math import nan
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.course.jupyterlab import NOTEBOOK_IN_FRONT, Lab, choose, in_front, wait_for
from tests.tools.tiny_notebooks import code, notebook
from tools import ROOT
from tools.notebooks import form

POOL = "chapters/06_performance/6.1_connection_pools/6.1_connection_pools.ipynb"
LOST = "chapters/01_graceful_shutdown/1.1_what_gets_lost/1.1_what_gets_lost.ipynb"
RETRIES = "chapters/05_failure_handling/5.3_timeout/5.3_timeout.ipynb"
RELEASES = "chapters/04_delivery/4.3_two_versions/4.3_two_versions.ipynb"
CONTROL = (
    "from workbench import (",
    "import asyncio",
    "postgres = postgres_server(",
    "async with board(",
)
EXPERIMENT = ("def crowd(", "crowds = {", "plot_waits(")
END = "postgres.stop()"
CROWD = "crowds_pool.py"

pytestmark = pytest.mark.timeout(300)


def excerpt(folder: Path, whole: str, begins: Sequence[str], end: str) -> str:
    """
    A notebook beside a whole one, of those of its cells that have these lines.
    """
    sources = [
        cell.source for cell in form.read(ROOT / whole).cells if cell.cell_type == "code"
    ]
    cells = [next(source for source in sources if begin in source) for begin in begins]
    path = str(Path(whole).with_name("excerpt.ipynb"))
    (folder / path).write_text(
        form.text(notebook(*map(code, cells), code(end))), encoding="utf-8"
    )
    return path


def open_excerpt(page: Any, lab: Lab, *begins: str, whole: str = POOL, end: str = END) -> str:
    path = excerpt(lab.course, whole, begins, end)
    page.goto(lab.page_of(path))
    in_front(page, path)
    choose(page, "Edit", "editmenu:clear-all")
    return path


def started(lab: Lab, program: str) -> list[psutil.Process]:
    found = []
    for process in psutil.Process(lab.server.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            if program in process.cmdline():
                found.append(process)
    return found


def board(page: Any) -> Any:
    return page.locator(".course-board")


def in_phase(page: Any, phase: str) -> None:
    board(page).and_(page.locator(f"[data-phase={phase}]")).wait_for(timeout=60_000)


def lever(page: Any, name: str) -> Any:
    return page.get_by_role("slider", name=name)


def place(page: Any, name: str) -> str:
    """
    Where the process says that a lever is.
    """
    label = board(page).locator("label", has_text=name)
    return str(label.locator(".place").inner_text())


def curve(page: Any, name: str) -> float:
    """
    The newest value of a curve, as a screen reader says it; before there is one, none that is
    more or less than another.
    """
    labels = " ".join(
        str(canvas.get_attribute("aria-label"))
        for canvas in board(page).locator("canvas").all()
    )
    found = re.search(rf"\b{name} ([\d.e-]+)", labels)
    return float(found[1]) if found else nan


def measured(page: Any, percent: int, share: str) -> float:
    """
    What the experiment beside it has measured: the seconds that such a share waited at most.
    """
    outputs = page.evaluate(
        "() => JSON.stringify(window.jupyterapp.shell.currentWidget.context.model.toJSON())"
    )
    found = re.search(rf"{percent} %:[^\"]*?{share} waits? ≈ ([\d.e-]+) s", outputs)
    assert found, outputs
    return float(found[1])


def test_a_hand_on_a_lever(page: Any, lab: Lab) -> None:
    """
    1. The cells of 6.1 that the control needs are run; its script is over.
    2. By keyboard, the callers are made few, and when nobody waits, as many as can be.
    3. By mouse, a connection is taken away.
    4. The cell is told to go on.

    Result: each time the process obeys while the cell runs, and the curves agree with what the
    experiment has measured; then the levers are grey, and the board says why.
    """
    *before, control = CONTROL
    path = open_excerpt(page, lab, *before, *EXPERIMENT, control)
    choose(page, "Run", "runmenu:run-all")
    in_phase(page, "script")
    assert lever(page, "callers per second").is_disabled()
    in_phase(page, "yours")

    lever(page, "time-out").press("End")
    lever(page, "callers per second").press("Home")
    wait_for(lambda: place(page, "callers per second") == "5", what="it obeys Home", timeout=10)
    lever(page, "callers per second").press("ArrowRight")
    wait_for(lambda: place(page, "callers per second") == "10", what="one step up", timeout=10)
    wait_for(
        lambda: curve(page, "p99") < measured(page, 110, "half"),
        what="few callers wait less than half did when there were too many",
        timeout=30,
    )
    lever(page, "callers per second").press("End")
    wait_for(
        lambda: curve(page, "median") > measured(page, 50, "99 of 100"),
        what="of too many, half wait longer than the unlucky did at half load",
        timeout=30,
    )

    sources = page.evaluate(NOTEBOOK_IN_FRONT)["sources"]
    lever(page, "connections").press("d")
    lever(page, "connections").press("d")  # to whom a cell has the focus, this removes it
    assert page.evaluate(NOTEBOOK_IN_FRONT)["sources"] == sources

    box = lever(page, "connections").bounding_box()
    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + box["height"] / 2)
    wait_for(lambda: place(page, "connections") == "4", what="it obeys the mouse", timeout=10)
    wait_for(lambda: curve(page, "holding") <= 4, what="four are lent at most", timeout=10)
    assert page.evaluate(NOTEBOOK_IN_FRONT)["numbers"][-1] is None, (
        "the cell runs all the while"
    )

    page.get_by_role("button", name="Go on to the next cell").click()
    in_phase(page, "over")
    assert lever(page, "connections").is_disabled()
    assert "Run the cell again" in board(page).get_by_role("status").inner_text()
    ran = in_front(page, path)
    assert ran["errors"] == []


def press(page: Any, button: str, key: str) -> None:
    page.get_by_role("button", name=button).press(key)


def says(page: Any, pattern: str) -> None:
    """
    Wait until the sentence that says what is so matches.
    """
    board(page).locator(".words", has_text=re.compile(pattern)).wait_for(timeout=10_000)


def test_a_finger_on_a_signal(page: Any, lab: Lab) -> None:
    """
    1. The control of 1.1 is run; its script is over, and eight requests are in flight.
    2. By keyboard, the service that drains is sent SIGTERM.
    3. By mouse, the one that drops is started; by keyboard, it is sent SIGTERM.

    Result: real processes end by it while the cell runs; the first answers all that it met, the
    second none, as measured beside it; all else is refused. Nothing is left, and the claims
    hold.
    """
    cells = ("from workbench import (", "async with board(", 'met = last[-1]["met"]')
    path = open_excerpt(page, lab, *cells, whole=LOST, end="")
    choose(page, "Run", "runmenu:run-all")
    in_phase(page, "script")
    assert page.get_by_role("button", name="SIGTERM").is_disabled()
    in_phase(page, "yours")
    wait_for(lambda: curve(page, "in flight") >= 8, what="eight in flight", timeout=10)
    (drains,) = started(lab, "drains.py")

    press(page, "SIGTERM", "Enter")
    says(page, r"drains.py was sent SIGTERM with (\d+) requests in flight: \1 ok\.")
    psutil.wait_procs([drains], timeout=10)
    assert not drains.is_running()

    page.get_by_role("button", name="start drops.py").click()
    says(page, "drops.py runs")
    wait_for(lambda: curve(page, "in flight") >= 8, what="eight in flight", timeout=10)
    (drops,) = started(lab, "drops.py")
    press(page, "SIGTERM", "Space")
    says(page, r"drops.py was sent SIGTERM with (\d+) requests in flight: \1 cut off\.")
    psutil.wait_procs([drops], timeout=10)
    assert not drops.is_running()
    assert curve(page, "refused") > 0
    assert page.evaluate(NOTEBOOK_IN_FRONT)["numbers"][-1] is None, (
        "the cell runs all the while"
    )

    page.get_by_role("button", name="Go on to the next cell").click()
    in_phase(page, "over")
    assert page.get_by_role("button", name="SIGTERM").is_disabled()
    assert in_front(page, path)["errors"] == []
    assert started(lab, "sends_signals.py") == []


def test_an_interrupt_ends_all_of_it(page: Any, lab: Lab) -> None:
    """
    The cell is interrupted while a hand may move the levers: the process ends, they are grey.
    """
    open_excerpt(page, lab, *CONTROL)
    choose(page, "Run", "runmenu:run-all")
    in_phase(page, "yours")
    assert len(started(lab, CROWD)) == 1

    choose(page, "Kernel", "kernelmenu:interrupt")
    in_phase(page, "over")
    assert lever(page, "connections").is_disabled()
    wait_for(lambda: not started(lab, CROWD), what="the process has ended", timeout=10)


def test_no_lever_outlives_its_kernel(page: Any, lab: Lab) -> None:
    """
    1. The cell is interrupted, and run again.
    2. Its kernel is killed while a hand may move the levers.

    Result: the process is gone, and no lever looks as if it moved something.
    """
    open_excerpt(page, lab, *CONTROL)
    choose(page, "Run", "runmenu:run-all")
    in_phase(page, "script")
    choose(page, "Kernel", "kernelmenu:interrupt")
    wait_for(  # until then, the kernel refuses what it is asked: cells after a failed one
        lambda: page.evaluate(NOTEBOOK_IN_FRONT)["errors"], what="an error is shown", timeout=10
    )
    choose(page, "Run", "runmenu:run-all")
    in_phase(page, "yours")
    (crowd,) = started(lab, CROWD)
    crowd.parent().kill()  # the kernel

    psutil.wait_procs([crowd], timeout=10)
    assert not crowd.is_running()
    wait_for(
        lambda: all(one.is_disabled() for one in page.get_by_role("slider").all()),
        what="no lever can be moved",
        timeout=15,
    )


def test_a_hand_on_what_stays_down(page: Any, lab: Lab) -> None:
    """
    1. The script of 5.3's control is over: all is well.
    2. By button, the service is paused until nobody is served, and runs again.
    3. By keyboard, nobody may retry any more.

    Result: after the pause nobody is served, at the load that was served before, and the
    service is busier than ever; without retries it gets up by itself.
    """
    cells = ("from workbench import (", "def serve(", "async with board(")
    path = open_excerpt(page, lab, *cells, whole=RETRIES, end="service.kill()")
    choose(page, "Run", "runmenu:run-all")
    in_phase(page, "yours")
    well = curve(page, "finished")

    page.get_by_role("button", name="paused").click()
    wait_for(
        lambda: curve(page, "sent") > 2 * curve(page, "come") and curve(page, "served") == 0,
        what="nobody is served, and each sends three requests",
        timeout=20,
    )
    page.get_by_role("button", name="runs").click()
    wait_for(lambda: curve(page, "in line") > 0, what="the service says who waits", timeout=10)
    waiting = curve(page, "in line")
    wait_for(
        lambda: curve(page, "in line") > waiting + 40,
        what="the line grows by more than is served in a second",
        timeout=30,
    )
    assert curve(page, "served") == 0
    assert curve(page, "finished") > well
    assert place(page, "users per second") == "20"

    lever(page, "retries per 100 users").press("Home")
    wait_for(
        lambda: curve(page, "served") > 15 and curve(page, "in line") == 0,
        what="without retries, all are served again",
        timeout=60,
    )
    assert place(page, "users per second") == "20"
    page.get_by_role("button", name="Go on to the next cell").click()
    in_phase(page, "over")
    assert page.get_by_role("button", name="paused").is_disabled()
    assert in_front(page, path)["errors"] == []


def test_a_hand_that_releases(page: Any, lab: Lab) -> None:
    """
    1. The script of 4.3's control is over, which has decided about a release for practice.
    2. All ten are promoted, the first by keyboard, the others by mouse.

    Result: each is judged, and as five of them are bad, five decisions are right.
    """
    cells = ("from workbench import (", "async with board(")
    path = open_excerpt(page, lab, *cells, whole=RELEASES, end="print(rolled_back)")
    choose(page, "Run", "runmenu:run-all")
    in_phase(page, "yours")
    promote = page.get_by_role("button", name="promote")
    words = board(page).locator(".words")

    for turn in range(1, 11):
        words.get_by_text(f"{turn} of 10: ").get_by_text("answers of each").wait_for()
        assert promote.get_attribute("aria-pressed") == "false", "who waits has not decided"
        if turn == 1:
            promote.press("Enter")
        else:
            promote.click()
        words.get_by_text(re.compile(f"^{turn} of 10: you were (right|wrong)")).wait_for()

    words.get_by_text("You were right about 5 of 10").wait_for()
    page.get_by_role("button", name="Go on to the next cell").click()
    in_phase(page, "over")
    assert in_front(page, path)["errors"] == []
