"""
The judge, on runs that were made up.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from workbench.exercises.verdict import COULD_NOT_CHECK, FAIL, PASS
from workbench.incidents.catalogue import Incident
from workbench.incidents.crowd import ROUTES
from workbench.incidents.journal import Journal
from workbench.incidents.judge import judge
from workbench.incidents.report import Report
from workbench.incidents.seen import Event, Sample, Seen, State

SPEED, BUDGET = 15.0, 180
INJECTED, HEALED, DONE, FRESH, ENDED = 5.0, 15.0, 20.0, 25.0, 35.0
BEFORE = State({"api-1": 11, "api-2": 12}, 2, 42, 7, {"attempts": 6}, {}, ())
STORM = Incident(
    place=Path("nowhere"),
    number=1,
    was="something",
    inject=lambda _: None,
    accepted=frozenset({("api", "retry storm")}),
    mends=frozenset({"setting attempts"}),
)
FALSE = replace(
    STORM, is_false=True, accepted=frozenset({("users", "false page")}), mends=frozenset()
)


def samples(bad: Mapping[str, tuple[float, float]]) -> list[Sample]:
    """
    Ten requests a second on each route; those that come in the seconds that `bad` says get 503.
    """
    found = []
    for number in range(round(10 * ENDED)):
        due = number / 10
        for route in ROUTES:
            begin, end = bad.get(route, (0, 0))
            status = 503 if begin <= due < end else 201 if route == "orders" else 200
            order = number if status == 201 else None
            found.append(Sample(route, due, due, due + 0.1, status, order))
    return found


def acknowledged(at: float, component: str = "api", mechanism: str = "retry storm") -> Event:
    return Event(at, "acknowledged", {"component": component, "mechanism": mechanism})


def pulled(at: float, lever: str, *arguments: str) -> Event:
    return Event(at, "lever", {"lever": lever, "arguments": list(arguments), "seconds": 1.0})


def run(**changes: Any) -> Seen:
    """
    Somebody has found and repaired it, ten seconds after the fault.
    """
    sent = samples({"orders": (INJECTED, HEALED)})
    whole = {
        "samples": sent,
        "events": [
            Event(8.0, "paged", {"text": "it burns"}),
            acknowledged(12.0),
            pulled(14.0, "set", "attempts", "1"),
        ],
        "injected": INJECTED,
        "done": DONE,
        "fresh": FRESH,
        "ended": ENDED,
        "budget": BUDGET,
        "before": BEFORE,
        "after": replace(BEFORE, settings={"attempts": 1}),
        "stored": frozenset(range(1000)),
    }
    return Seen(**(whole | changes))


def false_page(**changes: Any) -> Seen:
    """
    Nobody was hurt, and somebody said so.
    """
    events = [Event(8.0, "paged", {"text": "errors"}), acknowledged(9, "users", "false page")]
    return run(**({"samples": samples({}), "events": events, "after": BEFORE} | changes))


def judged(seen: Seen, incident: Incident = STORM) -> Report:
    return judge(seen, incident, name="someday", seed=7, speed=SPEED)


def test_who_repairs_it_passes() -> None:
    """
    Found, repaired within the budget, and calm when the cause came once more: a pass, no hint.
    """
    report = judged(run())

    assert (report.result, report.hint) == (PASS, None), str(report)
    assert (report.burnt, report.paged, report.found, report.recovered) == (100, 3, 7, 10)
    assert "it was something" in str(report)
    assert "--seed 7" in str(report)


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"events": [acknowledged(12.0)], "stored": frozenset()}, "lost-orders"),
        ({"after": replace(BEFORE, serving=0, instances={})}, "nobody-left"),
        ({"after": replace(BEFORE, shed={"orders": 0.5})}, "shut-out"),
        ({"after": replace(BEFORE, drained=("api-1",), serving=1)}, "still-out"),
        ({"after": replace(BEFORE, release=41)}, "innocent"),
        ({"after": replace(BEFORE, configuration=6)}, "innocent"),
        ({"events": [pulled(14.0, "set", "attempts", "1")]}, "not-named"),
        ({"events": [acknowledged(12.0, "api", "hangs"), pulled(14.0, "undrain")]}, "misnamed"),
        ({"events": [acknowledged(3.0), pulled(14.0, "undrain")]}, "misnamed"),
        ({"events": [acknowledged(9.0 + n) for n in range(3)]}, "many-names"),
        ({"events": [], "done": None, "fresh": None}, "nobody-came"),
        ({"done": None, "fresh": None}, "no-end"),
        ({"budget": 99}, "too-late"),
        ({"samples": samples({"stock": (INJECTED, ENDED)})}, "back-again"),
        (
            {
                "events": [acknowledged(12.0), pulled(14.0, "restart", "all")],
                "samples": samples({"orders": (INJECTED, HEALED), "stock": (FRESH, ENDED)}),
            },
            "all-at-once",
        ),
    ],
)
def test_who_does_not_gets_the_reason(changes: dict[str, Any], hint: str) -> None:
    """
    What is not met fails, with a hint from what was done.
    """
    report = judged(run(**changes))

    assert report.result == FAIL, str(report)
    assert report.hint
    assert report.hint.key == hint
    assert "{" not in report.hint.text


def test_what_is_undone_is_not_held_against_anyone() -> None:
    """
    Other processes, a drain that was undone, and one instance more are no loss.
    """
    after = replace(
        BEFORE, instances={"api-1": 21, "api-2": 22, "api-3": 23}, serving=3, shed={}
    )
    events = [*run().events, pulled(13, "drain", "api-1"), pulled(14, "undrain", "api-1")]

    assert judged(run(after=after, events=events)).result == PASS


def test_a_false_page_is_passed_by_leaving_it_alone() -> None:
    """
    Where nobody is hurt, who names it and changes nothing passes.
    """
    assert judged(false_page(), FALSE).result == PASS


def test_a_false_page_may_be_named_at_any_time() -> None:
    """
    Where nobody was hurt there is no recovery to be named before.
    """
    late = [Event(8.0, "paged", {"text": "errors"}), acknowledged(19, "users", "false page")]

    assert judged(false_page(events=late), FALSE).result == PASS


@pytest.mark.parametrize(
    "after",
    [
        replace(BEFORE, instances={"api-1": 21, "api-2": 12}),
        replace(BEFORE, release=41),
        replace(BEFORE, configuration=8),
        replace(BEFORE, settings={"attempts": 1}),
    ],
    ids=["restarted", "rolled back", "configured", "set"],
)
def test_a_false_page_is_failed_by_changing_something(after: State) -> None:
    """
    Where nobody is hurt, any change that stays is one too many.
    """
    report = judged(false_page(after=after), FALSE)

    assert report.result == FAIL
    assert report.hint
    assert report.hint.key == "changed-what-worked"


def test_three_names_are_too_many() -> None:
    """
    The right name is worth nothing among three, whatever else is met.
    """
    events = [
        *run().events,
        acknowledged(12, "api", "hangs"),
        acknowledged(12, "redis", "hangs"),
    ]
    report = judged(run(events=events))

    assert [claim.text for claim in report.claims if not claim.met] == [
        "it was found: where, and what"
    ]


def test_to_name_it_long_after_is_too_late() -> None:
    """
    When the users have been well for long, a name is no finding any more.
    """
    late = run(events=[pulled(14.0, "set", "attempts", "1"), acknowledged(26.0)], done=30.0)

    assert judged(late).result == FAIL


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"samples": samples({"stock": (0, INJECTED)})}, "too busy"),
        ({"samples": [s._replace(sent=s.due + 0.2) for s in run().samples]}, "too busy"),
        ({"events": [pulled(5.5, "set", "attempts", "1")], "samples": samples({})}, "page"),
    ],
    ids=["bad before", "late", "nothing to see"],
)
def test_what_cannot_be_judged_is_not(changes: dict[str, Any], why: str) -> None:
    """
    A machine that could not keep up, or a fault that nobody saw, says nothing about anybody.
    """
    report = judged(run(**changes))

    assert report.result == COULD_NOT_CHECK
    assert why in report.reason
    assert report.hint is None


def test_nothing_is_noted_later_than_it_was() -> None:
    """
    Who names it and says done in one moment has named it before.
    """
    journal = Journal()
    for _ in range(100):
        journal.note("acknowledged")
        assert journal.events[-1].at <= journal.now()
