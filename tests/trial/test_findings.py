"""
What was seen, and what that means: without a service.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from workbench.trial import Options, Request
from workbench.trial.calm import Calm
from workbench.trial.connections import Beside, HalfSent, Open
from workbench.trial.findings import (
    DEPENDS,
    PROBLEM,
    UNTRIED,
    WELL,
    Finding,
    Seen,
    findings,
)
from workbench.trial.masking import Mask
from workbench.trial.page import LINES, page
from workbench.trial.settings import Without
from workbench.trial.signals import Killed, Signalled, Start
from workbench.trial.upstream import FAULTS, Suffered, Upstream

ROOT = Path(__file__).parents[2]
FAST, SLOW = Request("GET", "/"), Request("GET", "/slow")
CALM = Calm(
    ready_after=0.5,
    processes=1,
    seconds={FAST: 0.001, SLOW: 1.0},
    statuses=frozenset({200}),
    streams=[],
    faults=[],
    handles_sigterm=True,
    stopped_after=0.2,
    stopped="exit 0",
)
DRAINED = Signalled(
    ended_after=0.8, ended="exit 0", second_came_in_time=True, in_flight=12, later=8
)
OPTIONS = Options(command=("uvicorn", "mine:app", "--port", "{port}"), folder=Path("/srv/shop"))
UNTOUCHED = Suffered(touched=False, answers={"200": 8}, worst=0.05, back_after=0.1)
FAILED = Suffered(touched=True, answers={"503": 8}, worst=0.1, back_after=0.1)


def upstream(**faults: Suffered) -> Upstream:
    """
    One that did no harm, but for the named faults.
    """
    return Upstream(
        "STOCK",
        [FAST],
        {fault: {FAST: faults.get(fault, UNTOUCHED)} for fault in FAULTS},
        files=[9, 9, 9, 9, 9],
        memory=[50.0] * 5,
    )


def start(**changed: Any) -> Start:
    seen = Start(
        share=0.5,
        within=4.0,
        ended_after=0.1,
        ended="exit 0",
        serves_on=False,
        orphans=0,
        traceback="",
    )
    return replace(seen, **changed)


RIGHT = Seen(
    calm=CALM,
    beside=Beside(SLOW, 1.0, 16, 16, FAST, 0.001, 0.002, given_up=False),
    sigterm=DRAINED,
    start=[start()],
    second=DRAINED,
    sigint=DRAINED,
    open=Open({"all": 0.1}, "cut off"),
    half_sent=HalfSent(8, 0),
    upstreams=[upstream()],
    without={"API_KEY": Without(False, "exit 1", True, "")},
    killed=Killed(0.5, "still runs", "", 0, []),
)
ORPHANS = replace(DRAINED, ended="by SIGTERM", orphans=["uvicorn mine:app"], serves_on=True)


def found(seen: Seen, **said: Any) -> list[Finding]:
    return findings(seen, replace(OPTIONS, **said))


def worse_than_well(seen: Seen, **said: Any) -> list[tuple[str, str]]:
    return [
        (each.level, each.cause)
        for each in found(seen, **said)
        if each.level in (PROBLEM, DEPENDS)
    ]


def test_what_is_right_has_no_problem() -> None:
    """
    Of a service that does everything right nothing is a problem, and nothing depends.
    """
    assert worse_than_well(RIGHT) == []
    assert len(found(RIGHT)) == 10


SILENT = Open({"all": None, "idle": 0.1, "silent": None, "half-sent": 2.0}, "waits")

CASES: list[tuple[dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = [
    # what is wrong
    (
        {"calm": replace(CALM, faults=["GET / answered 500"])},
        {},
        [(PROBLEM, "GET / answered 500")],
    ),
    ({"calm": replace(CALM, stopped_after=None)}, {}, [(PROBLEM, "does not end")]),
    (
        {"sigterm": replace(DRAINED, ended_after=None)},
        {},
        [(PROBLEM, "does not end under load")],
    ),
    ({"sigterm": replace(DRAINED, lost=4)}, {}, [(PROBLEM, "lost")]),
    ({"sigterm": ORPHANS}, {}, [(PROBLEM, "orphans")]),
    ({"sigterm": replace(DRAINED, after="39 of 40 orders")}, {}, [(PROBLEM, "data")]),
    (
        {
            "calm": replace(CALM, handles_sigterm=False),
            "sigterm": replace(DRAINED, ended="by SIGTERM", lost=9),
        },
        {},
        [(PROBLEM, "no handler")],
    ),
    ({"start": [start(ended_after=None, serves_on=True)]}, {}, [(PROBLEM, "start")]),
    ({"start": [start(), start(orphans=1)]}, {}, [(PROBLEM, "start orphans")]),
    ({"second": replace(DRAINED, ended_after=None)}, {}, [(PROBLEM, "does not end")]),
    ({"open": Open({"all": None, "idle": None}, "waits")}, {}, [(PROBLEM, "connections")]),
    (
        {"beside": Beside(SLOW, 1.0, 16, 1, FAST, 0.001, 1.0, given_up=False)},
        {},
        [(PROBLEM, "beside")],
    ),
    (
        {"without": {"KEY": Without(True, "still runs", False, "GET / is 500")}},
        {},
        [(PROBLEM, "started without KEY")],
    ),
    (
        {"without": {"KEY": Without(False, "still runs", True, "")}},
        {},
        [(PROBLEM, "started without KEY")],
    ),
    (
        {"without": {"KEY": Without(False, "exit 0", True, "")}},
        {},
        [(PROBLEM, "started without KEY")],
    ),
    (
        {"without": {"KEY": Without(False, "exit 1", False, "")}},
        {},
        [(PROBLEM, "started without KEY")],
    ),
    ({"killed": Killed(None, "exit 3", "locked", 0, ["a.lock"])}, {}, [(PROBLEM, "killed")]),
    (
        {"upstreams": [upstream(hung=replace(FAILED, worst=8.0))]},
        {},
        [(PROBLEM, "STOCK beside")],
    ),
    (
        {"upstreams": [upstream(late=FAILED, hung=replace(FAILED, worst=8.0))]},
        {},
        [(PROBLEM, "STOCK no limit")],
    ),
    (
        {"upstreams": [upstream(refused=replace(FAILED, back_after=None))]},
        {},
        [(PROBLEM, "STOCK recovery")],
    ),
    # what depends, and what decides it
    ({"sigterm": replace(DRAINED, later_lost=6)}, {}, [(DEPENDS, "late")]),
    ({"sigterm": replace(DRAINED, queued_lost=6)}, {"front": "none"}, [(PROBLEM, "late")]),
    ({"sigterm": replace(DRAINED, later_lost=6)}, {"front": "balancer"}, []),
    ({"half_sent": HalfSent(8, 8)}, {}, [(DEPENDS, "half-sent")]),
    ({"half_sent": HalfSent(8, 8)}, {"front": "balancer"}, [(PROBLEM, "half-sent")]),
    ({"half_sent": HalfSent(8, 8)}, {"front": "buffers"}, []),
    (
        {"beside": Beside(SLOW, 1.0, 16, 4, FAST, 0.001, 1.0, given_up=False)},
        {},
        [(DEPENDS, "beside")],
    ),
    (
        {"beside": Beside(SLOW, 1.0, 8, 4, FAST, 0.001, 1.0, given_up=False)},
        {"at_once": 8},
        [(PROBLEM, "beside")],
    ),
    ({"sigint": replace(DRAINED, lost=1)}, {}, [(DEPENDS, "sigint")]),
    ({"sigint": replace(DRAINED, ended_after=None)}, {"place": "container"}, []),
    ({"killed": Killed(None, "exit 1", "in use", 2, [])}, {}, [(DEPENDS, "outlived")]),
    ({"killed": Killed(None, "exit 1", "in use", 2, [])}, {"place": "unit"}, []),
    (
        {"killed": Killed(None, "exit 1", "in use", 2, [])},
        {"place": "host"},
        [(PROBLEM, "outlived")],
    ),
    ({"open": Open({"all": 11.0, "idle": 11.0}, "waits")}, {}, [(DEPENDS, "connections")]),
    ({"open": SILENT}, {}, [(DEPENDS, "connections")]),
    ({"open": SILENT}, {"front": "none"}, [(PROBLEM, "connections")]),
    ({"open": SILENT}, {"front": "buffers"}, []),
    ({"sigterm": replace(DRAINED, streams={"cut off": 2})}, {}, [(DEPENDS, "streams")]),
    (
        {"without": {"KEY": Without(True, "still runs", False, "")}},
        {},
        [(DEPENDS, "started without KEY")],
    ),
    (
        {"upstreams": [upstream(reset=replace(FAILED, answers={"500": 8}))]},
        {},
        [(DEPENDS, "STOCK answers")],
    ),
    (
        {"upstreams": [upstream(refused=replace(FAILED, back_after=4.0))]},
        {},
        [(DEPENDS, "STOCK pause")],
    ),
    (
        {"upstreams": [replace(upstream(), files=[17, 57, 71, 85, 118])]},
        {},
        [(DEPENDS, "STOCK grows")],
    ),
    # false alarms
    ({"sigterm": replace(DRAINED, rejected=3)}, {}, []),
    ({"sigterm": replace(DRAINED, ended="by SIGTERM")}, {}, []),
    ({"start": [start(traceback="KeyboardInterrupt"), start()]}, {}, []),
    ({"second": replace(DRAINED, lost=4)}, {}, []),
    ({"upstreams": [replace(upstream(), files=[15, 34, 34, 34, 34])]}, {}, []),
    ({"upstreams": [upstream(late=FAILED, hung=replace(FAILED, worst=2.0))]}, {}, []),
]


@pytest.mark.parametrize(("changed", "said", "expected"), CASES)
def test_each_fault_is_found(
    changed: dict[str, Any], said: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """
    One thing is otherwise, and one finding says so, or, as expected, none.
    """
    assert worse_than_well(replace(RIGHT, **changed), **said) == expected


def test_one_cause_once() -> None:
    """
    A signal that reaches only the first process is found once, with all that it explains.
    """
    seen = replace(
        RIGHT,
        sigterm=ORPHANS,
        start=[start(orphans=1)],
        killed=Killed(None, "exit 1", "address already in use", 1, []),
    )

    (orphans,) = [each for each in found(seen) if each.level in (PROBLEM, DEPENDS)]

    assert orphans.also == ("SIGTERM during start", "SIGKILL, and started again")


def test_one_cause_without_a_load() -> None:
    """
    Where no load could be sent, what the start has shown is the cause of what follows.
    """
    outlived = Killed(None, "exit 1", "address already in use", 1, [])
    seen = replace(RIGHT, sigterm=None, start=[start(orphans=1)], killed=outlived)

    assert worse_than_well(seen) == [(PROBLEM, "orphans")]


def test_who_cannot_end_ends_nowhere() -> None:
    """
    A service without an end has one problem, however often it is seen.
    """
    seen = replace(
        RIGHT,
        calm=replace(CALM, stopped_after=None),
        sigterm=replace(DRAINED, ended_after=None),
        start=[start(ended_after=None)],
        second=None,
    )

    assert worse_than_well(seen) == [(PROBLEM, "does not end")]


def test_nobody_was_in_flight() -> None:
    """
    Where the signal met nobody, nobody is said to have been answered, or lost.
    """
    nobody = replace(DRAINED, in_flight=0)
    no_handler = replace(RIGHT, calm=replace(CALM, handles_sigterm=False))
    met = [
        each
        for seen in (
            replace(RIGHT, sigterm=nobody, sigint=nobody),
            replace(no_handler, sigterm=replace(nobody, ended="by SIGTERM")),
        )
        for each in found(seen)
        if each.done.endswith("nothing in flight")
    ]

    assert [each.level for each in met] == [UNTRIED, WELL, PROBLEM]
    assert not any("all answered" in each.seen or "lost;" in each.seen for each in met)


def test_what_was_given_up_took_longer() -> None:
    """
    Where the trial has given up, it says so, and not what it took.
    """
    blocked = Beside(SLOW, 1.0, 16, 1, FAST, 0.001, 3.0, given_up=True)
    text = " ".join(written(replace(RIGHT, beside=blocked, open=SILENT), grace=9).split())

    assert "GET / over 3.0 s beside them" in text
    assert "idle 0.10 s, silent over 3.0 s" in text


def test_what_was_not_tried_is_said() -> None:
    """
    An attack that says nothing is told, with the reason.
    """
    seen = replace(RIGHT, second=None, untried={"a second SIGTERM": "no time was left"})

    (untried,) = [each for each in found(seen) if each.level == UNTRIED]

    assert untried.seen == "no time was left"
    assert sum(each.level == WELL for each in found(seen)) == 9


def written(seen: Seen, **said: Any) -> str:
    options = replace(OPTIONS, **said)
    all_found = findings(seen, options)
    return page(options, seen, all_found, took=41.2, requests=131, mask=Mask({}))


ALL_WRONG = replace(
    RIGHT,
    calm=replace(CALM, faults=[f"GET /{n} answered 500 in calm" for n in range(4)]),
    sigterm=replace(DRAINED, lost=4, later_lost=3, after="39 of 40", streams={"cut off": 2}),
    start=[start(ended_after=None)],
    sigint=replace(DRAINED, ended_after=None),
    open=Open({"all": None, "idle": None}, "waits"),
    half_sent=HalfSent(8, 8),
    beside=Beside(SLOW, 1.0, 16, 1, FAST, 0.001, 3.0, given_up=True),
    upstreams=[
        upstream(late=replace(FAILED, back_after=None), hung=replace(FAILED, worst=9.0))
    ],
    without={"KEY": Without(True, "still runs", False, "GET / is 500")},
    killed=Killed(None, "exit 3", "locked", 0, ["a.lock"]),
)


def test_a_page_has_forty_lines() -> None:
    """
    However much is wrong, a page has forty lines, and every problem is on it.
    """
    lines = written(ALL_WRONG).splitlines()
    problems = [each for each in found(ALL_WRONG) if each.level == PROBLEM]

    assert len(lines) <= LINES
    assert len(problems) > 10
    for number, problem in enumerate(problems, 1):
        assert any(line.startswith(f"{number:>2} {problem.done}") for line in lines), "\n".join(
            lines
        )


def test_problems_come_first() -> None:
    """
    Problems, what depends, what went well, what could not be tried: in this order.
    """
    text = written(
        replace(
            RIGHT,
            sigterm=replace(DRAINED, lost=4, later_lost=2),
            second=None,
            untried={"a second SIGTERM": "it had ended"},
        )
    )

    titles = [line for line in text.splitlines() if line.isupper() or "(" in line[-5:]]
    order = [text.index(title) for title in ("PROBLEMS", "DEPENDS", "WENT", "COULD NOT")]
    assert order == sorted(order)
    assert titles
    assert "Expected: all are answered. Notebook 1.1_what_gets_lost." in text


def test_every_notebook_is_there() -> None:
    """
    A page names no notebook that the course does not have.
    """
    seen = [found(replace(RIGHT, **changed), **said) for changed, said, _ in CASES]
    named = {each.notebook for findings in seen for each in findings if each.notebook}

    assert len(named) == 8
    assert named <= {path.parent.name for path in ROOT.glob("chapters/*/*/*.ipynb")}


def test_whoever_has_a_problem_is_told_what_was_expected() -> None:
    """
    Each problem has what was expected, and each that depends its question.
    """
    for changed, said, _ in CASES:
        for each in found(replace(RIGHT, **changed), **said):
            if each.level == PROBLEM:
                assert each.expected, each
            if each.level == DEPENDS:
                assert each.question.endswith(("?", ".")), each


@pytest.mark.parametrize(("slowest", "levels"), [(0.5, [PROBLEM]), (2.0, []), (None, [])])
def test_slower_than_planned(slowest: float | None, levels: list[str]) -> None:
    """
    A request that takes longer than the plan's slowest is a problem: a stop cuts it off.
    """
    found = findings(RIGHT, replace(OPTIONS, slowest=slowest))

    assert [each.level for each in found if each.cause == "slower than planned"] == levels
