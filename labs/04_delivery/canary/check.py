"""
Thousands of releases are replayed to a service that decides on them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

import httpx
import numpy as np
import pytest

from workbench import measured, start
from workbench.checks import Hint, expect, record

SEED = 42
NEW, OLD, LAST = 10, 190, 4_000  # requests between two looks, and to the new version in all
SECONDS = 25

MOST_FALSE_ALARMS, MOST_ON_A_BAD_DAY = 0.07, 0.10
LEAST_FOUND = 0.90
SOON, AT_ONCE = 900, 60  # requests
DECISIONS = ("go on", "roll back")
# Kinds of which few may be rolled back.
BETTER = ("better", "better on a bad day")


class Kind(NamedTuple):
    """
    A kind of release: how many are drawn, and the shares of errors.
    """

    releases: int
    new: float
    old: float


OUTAGE = "better in an outage"
KINDS = {
    "as good": Kind(2_000, 0.01, 0.01),
    "twice the errors": Kind(2_000, 0.02, 0.01),
    "a bad day": Kind(500, 0.03, 0.03),
    "broken": Kind(300, 0.30, 0.01),
    "in between": Kind(300, 0.014, 0.01),
    "better": Kind(300, 0.001, 0.01),
    "no errors": Kind(1, 0.0, 0.0),
    "an outage": Kind(20, 0.8, 0.8),
    "broken beside a perfect one": Kind(100, 0.30, 0.0),
    "better on a bad day": Kind(100, 0.002, 0.05),
    OUTAGE: Kind(100, 0.65, 0.9),
}
# Counts at which it is asked once, as at the end of a release that nobody has watched.
LOOKS = (
    {"new": LAST, "new_errors": 3_000, "old": 76_000, "old_errors": 760},
    {"new": 4_010, "new_errors": 56, "old": 76_190, "old_errors": 762},
    {"new": 5_000, "new_errors": 72, "old": 95_000, "old_errors": 950},
)


class Decided(NamedTuple):
    """
    What became of the releases of one kind: each decision, and after how many requests.
    """

    decisions: list[str]
    requests: list[int]
    errors: list[int]  # of the new version by then

    def share(self, decision: str) -> float:
        return self.decisions.count(decision) / len(self.decisions)

    def after(self, decision: str) -> list[int]:
        """
        After how many requests it was decided so.
        """
        pairs = zip(self.decisions, self.requests, strict=True)
        return [requests for said, requests in pairs if said == decision]

    @property
    def nine_of_ten(self) -> float:
        """
        After how many requests nine of ten were decided.
        """
        return quantiles(self.requests, n=10)[-1]

    @property
    def undecided(self) -> int:
        return sum(said not in DECISIONS for said in self.decisions)

    @property
    def last_word(self) -> str:
        """
        Of the first release that is undecided.
        """
        return next(said for said in self.decisions if said not in DECISIONS)


@contextmanager
def client(folder: Path, name: str) -> Iterator[httpx.Client]:
    with start(
        "uvicorn service:app --port {port} --no-access-log",
        ready="/healthz",
        name=name,
        cwd=folder,
        timeout=20,
    ) as service:
        # uvicorn closes a connection after an exception, so each request gets its own.
        alone = {"connection": "close"}
        with httpx.Client(base_url=service.url, headers=alone, timeout=SECONDS) as answers:
            yield answers
        record(name, None, service)


def replay(answers: httpx.Client, name: str) -> Decided | None:
    """
    Let it decide on all releases of a kind; nothing, if it fails on one or does not answer.
    """
    kind = KINDS[name]
    dice = np.random.default_rng([SEED, list(KINDS).index(name)])
    looks = (kind.releases, LAST // NEW)
    new, old = dice.binomial(NEW, kind.new, looks), dice.binomial(OLD, kind.old, looks)
    many = [list(release) for release in zip(new.tolist(), old.tolist(), strict=True)]
    try:
        said = answers.post("/releases", json=many)
    except httpx.TransportError:
        return None
    if said.status_code != 200:
        return None
    decisions, requests = map(list, zip(*said.json(), strict=True))
    errors = [int(row[: n // NEW].sum()) for row, n in zip(new, requests, strict=True)]
    return Decided(decisions, requests, errors)


def look(answers: httpx.Client, counts: dict[str, int]) -> str:
    """
    What it says of these counts: a decision, or what came in its place.
    """
    try:
        said = answers.get("/decide", params=counts)
    except httpx.TransportError:
        return "no answer"
    return said.text if said.status_code == 200 else f"an error ({said.status_code})"


class Found(dict[str, Decided | None]):
    """
    What became of the releases of each kind; and what it says when it is asked once, late.
    """

    def __init__(self, answers: httpx.Client) -> None:
        super().__init__({name: replay(answers, name) for name in KINDS})
        self.late = [look(answers, counts) for counts in LOOKS]

    @property
    def undecided(self) -> str:
        return next((said for said in self.late if said not in DECISIONS), "")


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    answered: dict[str, Decided] = {}
    for name, decided in found.items():
        kind = KINDS[name]
        if decided is None:
            return Hint(
                "no-answer",
                f"No decisions came for releases of the kind {name!r} ({kind.old:.1%} errors "
                f"of the old version, {kind.new:.1%} of the new one). What becomes of your "
                "numbers, for instance, when nobody has erred yet?",
            )
        if decided.undecided:
            return Hint(
                "does-not-decide",
                f"Of {kind.releases} releases of the kind {name!r}, {decided.undecided} were "
                f"undecided after {LAST:,} requests; the last word was {decided.last_word!r}. "
                "What do you say at the last look?",
            )
        answered[name] = decided
    if found.undecided:
        counts = LOOKS[found.late.index(found.undecided)]
        return Hint(
            "late-look",
            f"Asked once, with {counts['new']:,} requests and {counts['new_errors']:,} errors "
            f"of the new version and {counts['old']:,} and {counts['old_errors']} of the old "
            f"one, it said: {found.undecided}. What do you take for granted of the counts?",
        )
    return (
        diagnose_alarms(answered) or diagnose_misses(answered) or diagnose_an_outage(answered)
    )


def diagnose_alarms(found: dict[str, Decided]) -> Hint | None:
    """
    Of versions that are rolled back for nothing.
    """
    good, day = found["as good"], found["a bad day"]
    better = max(BETTER, key=lambda name: found[name].share("roll back"))
    punished = found[better].share("roll back")
    alarms = [e for e, said in zip(good.errors, good.decisions, strict=True) if said != "go on"]
    too_many = good.share("roll back") > MOST_FALSE_ALARMS
    if too_many and median(alarms) <= 1:
        return Hint(
            "first-error",
            f"{good.share('roll back'):.0%} of the good versions were rolled back, most of "
            "them with a single error. How often does the old one err?",
        )
    if punished > MOST_FALSE_ALARMS:
        kind = KINDS[better]
        return Hint(
            "punishes-the-better",
            f"{punished:.0%} of the versions with {kind.new:.1%} errors were rolled back, "
            f"beside an old one with {kind.old:.0%}. In which direction is a difference bad?",
        )
    if too_many:
        return Hint(
            "looks-too-often",
            f"{good.share('roll back'):.0%} of the good versions were rolled back, half of "
            f"them within {median(good.after('roll back')):g} requests. How often did you "
            "look until then, and how often is a single look wrong?",
        )
    if day.share("roll back") > MOST_ON_A_BAD_DAY and is_soon(found):
        return Hint(
            "no-baseline",
            f"On a day on which both versions erred in 3 %, {day.share('roll back'):.0%} of "
            "the new ones were rolled back. What did you compare them with?",
        )
    return None


def diagnose_an_outage(found: dict[str, Decided]) -> Hint | None:
    """
    Of a better version, while hardly anything works.
    """
    punished = found[OUTAGE].share("roll back")
    if punished <= MOST_FALSE_ALARMS:
        return None
    return Hint(
        "takes-it-for-less",
        f"While the old version erred in {KINDS[OUTAGE].old:.0%}, {punished:.0%} of the "
        f"versions that erred in {KINDS[OUTAGE].new:.0%} were rolled back. What is twice as "
        "often, of a share so large, and what do you compare it with?",
    )


def is_soon(found: dict[str, Decided]) -> bool:
    """
    Whether it finds what it should: then a bad day is its only trouble.
    """
    return found["twice the errors"].share("roll back") >= LEAST_FOUND


def diagnose_misses(found: dict[str, Decided]) -> Hint | None:
    """
    Of versions that are bad and go on, or stay for long.
    """
    twice, broken = found["twice the errors"], found["broken"]
    if twice.share("roll back") < LEAST_FOUND:
        missed = median(twice.after("go on"))
        if missed < SOON / 2:
            return Hint(
                "goes-on-too-soon",
                f"{twice.share('go on'):.0%} of the versions with twice the errors went on, "
                f"half of them after {missed:g} requests. How many errors do you expect in so "
                "many, at 1 % and at 2 %?",
            )
        return Hint(
            "misses",
            f"{twice.share('go on'):.0%} of the versions with twice the errors went on, after "
            f"{missed:g} requests. Which share of errors is too many, when the old version "
            "has 1 %?",
        )
    if median(twice.requests) > SOON or broken.nine_of_ten > AT_ONCE:
        return Hint(
            "too-slow",
            f"Half of the versions with twice the errors stayed for {median(twice.requests):g} "
            f"requests, and a broken one for {median(broken.requests):g}. When was it already "
            "as good as certain?",
        )
    beside = found["broken beside a perfect one"]
    if beside.share("roll back") <= LEAST_FOUND:
        return Hint(
            "waits-for-an-old-error",
            f"{beside.share('go on'):.0%} of the versions that erred in 30 % went on where the "
            "old one had made no error at all. What does your rule take for usual then?",
        )
    if beside.nine_of_ten > AT_ONCE:
        return Hint(
            "stays-without-an-old-error",
            f"Where the old one had made no error at all, half of the versions that erred in "
            f"30 % stayed for {median(beside.requests):g} requests; where it had, for "
            f"{median(broken.requests):g}. What do you wait for?",
        )
    return None


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """The untouched rule lets most versions with twice the errors go on."""
    with client(untouched, "untouched") as answers:
        twice = replay(answers, "twice the errors")
    expect(
        twice is not None and twice.share("go on") > 0.5,
        done="2,000 releases with 2 % errors; the old version has 1 %",
        expected="more than half of them go on",
        seen="nothing" if twice is None else measured(100 * twice.share("go on"), "%"),
    )


@pytest.fixture(scope="module")
def found(attempt: Path) -> Found:
    with client(attempt, "yours") as answers:
        return Found(answers)


def rolled_back(decided: Decided | None) -> str:
    return "no answer" if decided is None else measured(100 * decided.share("roll back"), "%")


def test_good_ones_go_on(found: Found) -> None:
    """Of versions that are as good as the old one, at most 7 % are rolled back."""
    good = found["as good"]
    expect(
        good and good.share("roll back") <= MOST_FALSE_ALARMS,
        done="2,000 releases with 1 % errors, as the old version has",
        expected="at most 7 % rolled back",
        seen=rolled_back(good),
        hint=diagnose(found),
    )


def test_bad_ones_are_found(found: Found) -> None:
    """Of versions that err twice as often, 90 % are rolled back, half within 900 requests."""
    twice = found["twice the errors"]
    requests = median(twice.requests) if twice else 0
    expect(
        twice and twice.share("roll back") >= LEAST_FOUND and requests <= SOON,
        done="2,000 releases with 2 % errors; the old version has 1 %",
        expected=f"at least 90 % rolled back, half of them within {SOON} requests",
        seen=f"{rolled_back(twice)}, half of them within {measured(requests, 'requests')}",
        hint=diagnose(found),
    )


def test_broken_ones_at_once(found: Found) -> None:
    """A version that errs in 30 % is rolled back within 60 requests, nine times of ten."""
    broken = found["broken"]
    requests = broken.nine_of_ten if broken else 0
    expect(
        broken and broken.share("roll back") > LEAST_FOUND and requests <= AT_ONCE,
        done="300 releases with 30 % errors; the old version has 1 %",
        expected=f"rolled back, nine of ten within {AT_ONCE} requests",
        seen=f"{rolled_back(broken)}, nine of ten within {measured(requests, 'requests')}",
        hint=diagnose(found),
    )


def test_other_days(found: Found) -> None:
    """On a bad day for both, few are rolled back; a better version goes on."""
    day, none = found["a bad day"], found["no errors"]
    better = [found[name] for name in (*BETTER, OUTAGE)]
    expect(
        day and none
        and day.share("roll back") <= MOST_ON_A_BAD_DAY
        and all(each and each.share("roll back") <= MOST_FALSE_ALARMS for each in better)
        and none.decisions == ["go on"],
        done="3 % errors of both; 0.1 % beside 1 %, 0.2 % beside 5 %, 65 % beside 90 %; none",
        expected="at most 10 % rolled back; at most 7 %, 7 % and 7 %; none",
        seen="; ".join(rolled_back(decided) for decided in (day, *better, none)),
        hint=diagnose(found),
    )  # fmt: skip


def test_beside_a_perfect_one(found: Found) -> None:
    """Beside an old version without an error, one that errs in 30 % is rolled back as soon."""
    beside = found["broken beside a perfect one"]
    requests = beside.nine_of_ten if beside else 0
    expect(
        beside and beside.share("roll back") > LEAST_FOUND and requests <= AT_ONCE,
        done="100 releases with 30 % errors; the old version has none",
        expected=f"rolled back, nine of ten within {AT_ONCE} requests",
        seen=f"{rolled_back(beside)}, nine of ten within {measured(requests, 'requests')}",
        hint=diagnose(found),
    )


def test_late_looks(found: Found) -> None:
    """Asked once, at 4,000 requests and later, it decides as well."""
    expect(
        not found.undecided,
        done=f"it was asked once each, with {', '.join(str(each['new']) for each in LOOKS)} "
        "requests to the new version",
        expected="go on, or roll back",
        seen="; ".join(found.late),
        hint=diagnose(found),
    )


def test_it_decides(found: Found) -> None:
    """At 4,000 requests it has decided, also when nearly nothing works."""
    open_still = sum(LAST if d is None else d.undecided for d in found.values())
    expect(
        not open_still,
        done="all releases, also such whose version errs a little more often than the old one",
        expected="0 undecided",
        seen=f"{measured(open_still)} undecided",
        hint=diagnose(found),
    )
