"""
An incident where a reader meets it: in a notebook, and in terminals.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.incidents.runs import SPEED
from tools import ROOT
from workbench._records import kept
from workbench._waiting import wait_until
from workbench.errors import WorkbenchError
from workbench.exercises.verdict import PASS
from workbench.incidents import Report, incident, plot_incident
from workbench.incidents.catalogue import draw, find, incidents
from workbench.incidents.deployment import SETTINGS
from workbench.incidents.levers import COMPONENTS, LEVERS, MECHANISMS
from workbench.incidents.notebook import READINGS, where_it_runs

pytestmark = pytest.mark.kept_with("workbench/incidents")

PROGRAM = Path(sys.executable).with_name("course")


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    A reader's folder of our own.
    """
    monkeypatch.setenv("WORKBENCH_WORK", str(tmp_path / "work"))
    return tmp_path / "work"


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """
    What was displayed.
    """
    seen: list[Any] = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: seen.append(data))
    return seen


@pytest.fixture
def course() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [PROGRAM, "incident", *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_in_a_notebook(
    work: Path, displayed: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    1. A cell opens an incident, another waits for its page, a third names it, a fourth is done.
    2. The last one draws what happened.

    Result: a verdict is shown and kept, as a record; nothing says any more that one runs.
    """
    with incident("wednesday", seed=1, speed=SPEED) as shop:
        assert where_it_runs().read_text(encoding="utf-8") == shop.url
        pages = shop.watch(60)
        shop.ack("users", "false page")
        report = shop.done()
        shop.timeline()

    assert len(pages) == 1
    assert report.result == PASS, str(report)
    (record,) = kept(work / ".incidents", Report)
    assert record == report
    assert not where_it_runs().exists()
    assert "seed 1" in capsys.readouterr().out
    briefing, verdict, plot, twin = displayed
    assert all(f"`{name}(" in briefing["text/markdown"] for name in LEVERS)
    assert PASS in verdict["text/html"]
    assert plot["image/png"].startswith(b"\x89PNG")
    assert "It was found" in twin["text/html"] or "it was found" in twin["text/html"]


def test_in_terminals(course: Callable[..., Any], work: Path) -> None:
    """
    1. One terminal opens an incident, drawn by a seed.
    2. Another one reads, pulls a lever, names it and is done.

    Result: the first one prints the page, and the verdict; its exit code is that of a PASS.
    """
    seed = next(seed for seed in range(100) if draw(seed) == "wednesday")
    words = ("--seed", str(seed), "--speed", str(SPEED))
    with subprocess.Popen(
        [PROGRAM, "incident", *words], stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout
        lines: Iterator[str] = iter(first.stdout.readline, "")
        assert any(line.startswith("▶ incident: drawn") for line in lines)
        assert wait_until(lambda: "error ratio" in course("page").stdout, 60)

        said = {
            words: course(*words)
            for words in (
                ("metrics",),
                ("logs", "balancer", "--match", '"status": 404', "--last", "3"),
                ("difference", "balancer"),
                ("journal",),
                ("drain", "api-1"),
                ("undrain", "api-1"),
                ("ack", "users", "false", "page"),
                ("done",),
            )
        }
        rest = "".join(lines)
        code = first.wait(60)

    assert [words for words, done in said.items() if done.returncode] == []
    assert "balancer:" in said[("metrics",)].stdout
    logged = said[("logs", "balancer", "--match", '"status": 404', "--last", "3")].stdout
    assert len(re.findall(r"/catalogue/2019", logged)) == 3
    assert "+" in said[("difference", "balancer")].stdout
    assert "configuration 8" in said[("journal",)].stdout
    assert "error ratio" in rest
    assert rest.count("PASS  wednesday") == 1
    assert (code, len(kept(work / ".incidents", Report))) == (0, 1)


def test_where_none_runs(course: Callable[..., Any]) -> None:
    """
    A reading without an incident says how to begin one.
    """
    said = course("metrics")

    assert said.returncode == 2
    assert "course incident`" in said.stderr


def test_a_slip_in_a_word(course: Callable[..., Any]) -> None:
    """
    A word that there is not is answered by one that is near.
    """
    assert "did you mean restart?" in course("restrat", "api-1").stderr


def test_help_says_what_a_lever_costs(course: Callable[..., Any]) -> None:
    """
    Each lever's help has what it does, and what that costs.
    """
    for name in LEVERS:
        said = " ".join(course(name.replace("_", "-"), "--help").stdout.split())

        assert "Costs:" in said


def test_the_page_about_incidents_has_all_words() -> None:
    """
    docs/incidents.md names all that there are, and what can be read, pulled and named.
    """
    text = (ROOT / "docs" / "incidents.md").read_text(encoding="utf-8")
    rows = {line for line in text.splitlines() if line.startswith("| ")}
    levers = {
        f"| `{' '.join([name.replace('_', '-'), *map(str.upper, lever.arguments)])}` "
        f"| {lever.does} | {lever.costs} |"
        for name, lever in LEVERS.items()
    }
    words = [*incidents(), *COMPONENTS, *(word for word in READINGS.split("`") if "(" in word)]

    settings = {tuple(row.split("|")[1:3]) for row in rows}

    assert levers <= rows
    assert {(f" `{key}` ", f" {value} ") for key, value in SETTINGS.items()} <= settings
    assert {f"| {name} | {says} |" for name, says in MECHANISMS.items()} <= rows
    assert [word for word in words if f"`{word.partition('(')[0]}" not in text] == ["watch()"]


def test_the_same_seed_draws_the_same() -> None:
    """
    A seed draws one incident, always; all of them are drawn by some.
    """
    drawn = [draw(seed) for seed in range(200)]

    assert drawn == [draw(seed) for seed in range(200)]
    assert set(drawn) == set(incidents())


def test_there_is_no_such_incident() -> None:
    """
    A name that there is not is answered by those that there are.
    """
    with pytest.raises(WorkbenchError, match="monday"):
        find("doomsday")


def test_a_run_without_any_lever_is_drawn(displayed: list[Any]) -> None:
    """
    A timeline is drawn of whatever was kept: who did nothing has one, too.
    """
    claim = {"text": "it burns", "met": True}
    report = Report(
        incident="monday", was="it", seed=1, speed=6.0, result="FAIL", seconds=3.0, budget=9,
        burnt=6, control=claim, curve=[(-1, 30, 0), (0, 30, 3), (1, 30, 3)],
    )  # fmt: skip

    plot_incident(report)

    twin = displayed[-1]["text/html"]
    assert "Never: it was found." in twin
    assert "≈ 67 % of the budget" in twin
