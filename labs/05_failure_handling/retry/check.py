"""
Thirty callers meet a 503, and others a depot that refuses, fails, is slow, loses answers, or
hangs. Which parcel meets what, is drawn, and no name tells it.
At last thirty more come at once, and all for the same parcel.
"""

import json
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

import pytest

from workbench import Process, measured, start, wait_until
from workbench.checks import Call, Hint, ask, expect, patience, record

FLAKY = 30  # parcels
BUSY = (503, 429, 502, 504)  # what the depot says of them the first time, in turn
DOWN = 8  # parcels
ONE_OF_A_KIND = {
    "lost": "lost",
    "cut": "cut",
    "missing": "always-404",
    "invalid": "always-422",
    "odd": "odd",
    "hangs": "hangs",
    "slow": "slow",
}
CROWD = 30  # callers, all at once, who ask for one parcel
MOMENT = 0.22  # seconds: when eight tenths come back within one, they come back together
NEAR_ZERO = 0.4  # seconds; of 38 waits that are drawn from zero, one is shorter
SPREAD = 0.3  # seconds between the shortest and the longest waits, the outermost tenths aside
DEADLINE = 3  # as the service has it
PATIENCE = 5.0  # seconds: two more than the deadline, one less than the client's own time-out
LATE = 4.5


class Caller(NamedTuple):
    """
    What a caller got: a status or nothing, and after how many seconds.
    """

    status: int | None
    seconds: float
    text: str

    def knows(self, parcel: str) -> bool:
        """
        What the parcel weighs.
        """
        return self.status == 200 and self.text == str(42 + int(parcel))


class Parcels(NamedTuple):
    """
    The parcels by what the depot does when it is asked for them.
    """

    flaky: list[str]
    down: list[str]
    one: dict[str, str]  # of each kind
    crowded: str

    @property
    def kinds(self) -> dict[str, str]:
        """
        What the depot is told of each.
        """
        return {
            **{self.one[name]: kind for name, kind in ONE_OF_A_KIND.items()},
            **dict.fromkeys(self.down, "always-503"),
            **{each: f"once-{BUSY[n % len(BUSY)]}" for n, each in enumerate(self.flaky)},
            self.crowded: "crowd",
        }


def draw_parcels(seed: int) -> Parcels:
    numbers = map(str, random.Random(seed).sample(range(1000, 10_000), 60))
    return Parcels(
        [next(numbers) for _ in range(FLAKY)],
        [next(numbers) for _ in range(DOWN)],
        {name: next(numbers) for name in ONE_OF_A_KIND},
        next(numbers),
    )


class Seen(NamedTuple):
    """
    What the callers got, and when the depot was asked, both by parcel.
    """

    parcels: Parcels
    callers: dict[str, Caller]
    visits: dict[str, list[tuple[float, float | None]]]

    def one(self, kind: str) -> Caller:
        """
        Who asked for the parcel of which there is one.
        """
        return self.callers[self.parcels.one[kind]]

    def times_of(self, kind: str) -> int:
        return self.times(self.parcels.one[kind])

    def times(self, parcel: str) -> int:
        return len(self.visits.get(parcel, []))

    def waits(self, number: int, parcels: list[str]) -> list[float]:
        """
        The seconds between an attempt and the next one, for those who made both.
        """
        visits = [self.visits.get(parcel, []) for parcel in parcels]
        return [v[number][0] - v[number - 1][0] for v in visits if len(v) > number]

    @property
    def shortest(self) -> float:
        """
        The shortest first wait of all who made one.
        """
        return min(self.waits(1, [*self.parcels.flaky, *self.parcels.down]), default=0.0)

    @property
    def floored(self) -> bool:
        """
        Whether no first wait was near zero; a slow machine may add to each of them.
        """
        return self.shortest > NEAR_ZERO * patience()

    @property
    def come_back(self) -> list[float]:
        """
        When those came again who asked for the one parcel, at once.
        """
        return [began for began, _ in self.visits.get(self.parcels.crowded, [])[CROWD:]]

    @property
    def together(self) -> bool:
        """
        Whether they came again in one moment; whom the machine made come late, says nothing.
        """
        first = [began for began, _ in self.visits.get(self.parcels.crowded, [])[:CROWD]]
        if not self.come_back:
            return False
        pause = self.come_back[0] - first[-1]  # one of thirty waits is near zero
        at_once = first[-1] - first[0] < SPREAD and spread(self.come_back) < MOMENT
        return at_once or pause > NEAR_ZERO * patience()

    @property
    def given_up(self) -> list[int]:
        """
        The statuses after which somebody was not asked for again.
        """
        flaky = enumerate(self.parcels.flaky)
        return sorted({BUSY[n % len(BUSY)] for n, parcel in flaky if self.times(parcel) < 2})

    @property
    def most_down(self) -> int:
        return max(self.times(parcel) for parcel in self.parcels.down)

    @property
    def down_statuses(self) -> list[int | None]:
        return sorted({self.callers[each].status for each in self.parcels.down}, key=str)


def watch(
    service: Process, depot: Process, parcels: Parcels, asked: list[str], crowd: int = 0
) -> Seen:
    """
    Ask for these, a thirtieth of a second apart, then so many for one parcel, at once.
    """
    for parcel, kind in parcels.kinds.items():
        ask(depot, f"/parcels/{parcel}/{kind}", method="PUT")

    def call(numbered: tuple[int, str]) -> Caller:
        number, parcel = numbered
        time.sleep(number / 30)  # not a crowd: what is spread must be the waits
        limit = PATIENCE if parcel in (parcels.one["hangs"], parcels.one["slow"]) else 15
        began = time.monotonic()
        answer = ask(service, f"/parcels/{parcel}", timeout=limit)
        return Caller(answer.status, time.monotonic() - began, answer.text)

    with ThreadPoolExecutor(len(asked)) as pool:
        answers = pool.map(call, enumerate(asked))
        time.sleep(len(asked) / 20)  # those before have come, and nearly all come back
        together = [Call(service, f"/parcels/{parcels.crowded}") for _ in range(crowd)]
        callers = dict(zip(asked, answers, strict=True))
    wait_until(lambda: all(each.answered() for each in together), PATIENCE)
    return Seen(parcels, callers, json.loads(ask(depot, "/visits").text))


def spread(waits: list[float]) -> float:
    """
    Seconds from the first to the last tenth of the waits.
    """
    if len(waits) < 3:
        return 0.0
    tenths = quantiles(waits, n=10)
    return tenths[-1] - tenths[0]


def diagnose(seen: Seen) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    return diagnose_repeats(seen) or diagnose_waits(seen) or diagnose_ends(seen)


def diagnose_repeats(seen: Seen) -> Hint | None:
    """
    What is repeated that should not be, or the other way round.
    """
    again = sum(seen.times(parcel) > 1 for parcel in seen.parcels.flaky)
    sees_statuses = seen.one("missing").status == 404
    if not again and seen.times_of("lost") > 1 and sees_statuses:
        return Hint(
            "only-the-wire",
            "When the connection ended, the depot was asked again; after a 503 it never was. "
            "Which statuses say that the next moment may be better?",
        )
    if not again:
        return Hint(
            "never-repeats",
            f"{FLAKY} times the depot was busy, and nobody asked again. What does a retry "
            "look at, and what did this call look like to it?",
        )
    if seen.times_of("missing") > 1 or seen.times_of("invalid") > 1:
        return Hint(
            "retries-refusals",
            f"The depot said 404, and was asked {seen.times_of('missing')} times; it said 422, "
            f"and was asked {seen.times_of('invalid')} times. What would have to change for "
            "the next answer to be another one?",
        )
    if seen.times_of("odd") > 1:
        return Hint(
            "retries-bugs",
            f"An answer without a weight was fetched {seen.times_of('odd')} times. Whose "
            "failure is that, and which errors does your predicate name?",
        )
    return diagnose_some(seen)


def diagnose_some(seen: Seen) -> Hint | None:
    """
    What is not repeated, where something is.
    """
    if seen.given_up:
        return Hint(
            "some-statuses",
            f"The depot was asked again after some answers, and not after {seen.given_up}. "
            "Which of them say that the next moment may be better?",
        )
    if seen.times_of("lost") < 2:
        return Hint(
            "only-statuses",
            f"After {list(BUSY)} the depot was asked again; when the connection ended, it was "
            "not. What does httpx raise then?",
        )
    return None


def diagnose_waits(seen: Seen) -> Hint | None:
    """
    Whether the callers come back in step.
    """
    first, second = seen.waits(1, seen.parcels.flaky), seen.waits(2, seen.parcels.down)
    if spread(first) < SPREAD <= spread(second):
        return Hint(
            "jitter-with-a-floor",
            f"The second waits differ, the first ones don't: all about "
            f"{measured(sorted(first)[len(first) // 2], 's')}. Between which two bounds is "
            "the first wait drawn?",
        )
    if spread(first) < SPREAD:
        return Hint(
            "in-step",
            f"{len(first)} callers asked again, nearly all after the same "
            f"{measured(sorted(first)[len(first) // 2], 's')}. What makes one caller's wait "
            "differ from another's?",
        )
    if seen.floored:
        return Hint(
            "never-near-zero",
            f"{len(first)} callers asked again, and none of them sooner than after "
            f"{measured(seen.shortest, 's')}. Between which two bounds is the first wait "
            "drawn?",
        )
    if seen.together:
        return Hint(
            "in-step-for-one-parcel",
            f"{CROWD} callers of as many parcels came back one after the other; of {CROWD} who "
            "asked for the same parcel nearly all came back within "
            f"{measured(spread(seen.come_back), 's')}. From what is a wait drawn?",
        )
    return None


def diagnose_ends(seen: Seen) -> Hint | None:
    """
    What the caller hears at the end, and when.
    """
    hung = seen.visits.get(seen.parcels.one["hangs"], [])
    broken_off = [end - begin for begin, end in hung if end and end - begin < LATE]
    if seen.one("hangs").seconds > LATE and len(hung) > 1 and broken_off:
        return Hint(
            "swallows-cancellation",
            f"An attempt was broken off after {measured(broken_off[0], 's')}, and then "
            "another one began. What does a time-out look like to your retry?",
        )
    if seen.one("hangs").seconds > LATE:
        return Hint(
            "no-limit",
            f"After {measured(PATIENCE, 's')} the caller had no answer, and the depot had seen "
            f"attempts: {len(hung)}. What ends an attempt that is under way?",
        )
    if seen.one("slow").seconds > LATE:
        return Hint(
            "limits-each-attempt",
            f"Where nothing came at all, the caller was told in time. Where each answer was a "
            f"503 and took more than two seconds, after {measured(LATE, 's')} it was not told "
            f"anything: attempts so far: {seen.times_of('slow')}. Around what does your limit "
            "stand?",
        )
    return diagnose_words(seen)


def diagnose_words(seen: Seen) -> Hint | None:
    """
    What the caller of a depot hears that goes on failing.
    """
    if 500 in seen.down_statuses:
        return Hint(
            "wrapped",
            f"The depot said 503 each time, and the callers got {seen.down_statuses}. Which "
            "error comes out of the last attempt, and does your handler know it?",
        )
    if not 2 <= seen.most_down <= 4:
        return Hint(
            "too-many",
            f"A depot that said 503 each time was asked {seen.most_down} times for a parcel. "
            "Who counts the attempts?",
        )
    flaky = seen.parcels.flaky
    wrong = [p for p in flaky if seen.callers[p].status == 200 and not seen.callers[p].knows(p)]
    if wrong:
        return Hint(
            "another-weight",
            f"The depot said what {wrong[0]} weighs, and the caller got a 200 and "
            f"{seen.callers[wrong[0]].text!r}. What does your function return in the end?",
        )
    if (cut := seen.one("cut").status) not in (502, 504):
        return Hint(
            "cut-to-the-end",
            f"The connection ended each time, and the caller got {cut}. Which error comes out "
            "of the last attempt, and does your handler know it?",
        )
    missing, hangs = seen.one("missing").status, seen.one("hangs").status
    if (missing, hangs) != (404, 504) or not set(seen.down_statuses) <= {502, 504}:
        return Hint(
            "wrong-word",
            f"A missing parcel: {missing}; the depot down: {seen.down_statuses}; it hangs: "
            f"{hangs}. Which status does the task ask for?",
        )
    return None


@pytest.fixture(scope="module")
def seen(attempt: Path, seed: int) -> Iterator[Seen]:
    with start("python depot.py {port}", ready="port", name="depot", cwd=attempt) as depot:
        service = start(
            "python service.py {port}",
            ready="/healthz",
            name="yours",
            cwd=attempt,
            env={"DEPOT": depot.url},
        )
        parcels = draw_parcels(seed)
        asked = [*parcels.one.values(), *parcels.down, *parcels.flaky]
        seen = watch(service, depot, parcels, asked, CROWD)
        service.kill()  # it may still be waiting for the depot
        record("yours", None, service)
        yield seen


@pytest.mark.control
def test_control(untouched: Path, seed: int) -> None:
    """The untouched service asks again for what is missing."""
    with start("python depot.py {port}", ready="port", name="depot", cwd=untouched) as depot:
        env = {"DEPOT": depot.url}
        service = start(
            "python service.py {port}",
            ready="/healthz",
            name="untouched",
            cwd=untouched,
            env=env,
        )
        parcels = draw_parcels(seed)
        seen = watch(service, depot, parcels, [parcels.one["missing"]])
        service.kill()
    expect(
        seen.times_of("missing") == 3 and seen.one("missing").status == 500,
        done="one request for a parcel that does not exist",
        expected="the depot is asked 3 times, the caller gets a 500",
        seen=f"asked {seen.times_of('missing')} times; {seen.one('missing').status}",
    )


def test_repeats_what_may_succeed(seen: Seen) -> None:
    """A 429, 502, 503, 504 and a lost answer are repeated, and the callers get their weight."""
    each = [*seen.parcels.flaky, seen.parcels.one["lost"]]
    served = sum(seen.callers[parcel].knows(parcel) for parcel in each)
    expect(
        served == FLAKY + 1,
        done=f"the depot said {', '.join(map(str, sorted(BUSY)))} to {FLAKY} callers, in "
        "turn, and hung up on one, the first time",
        expected=f"{FLAKY + 1} are told what their parcel weighs",
        seen=f"{served} are",
        hint=diagnose(seen),
    )


def test_asks_once_for_what_stays_the_same(seen: Seen) -> None:
    """What is the same each time is asked for once, and a missing parcel is a 404."""
    times = {kind: seen.times_of(kind) for kind in ("missing", "invalid", "odd")}
    status = seen.one("missing").status
    expect(
        set(times.values()) == {1} and status == 404,
        done="the depot said 404, said 422, and left out the weight",
        expected="it is asked once for each; a 404 for the caller of the first",
        seen=f"asked {times} times; {status}",
        hint=diagnose(seen),
    )


def test_waits_are_spread(seen: Seen) -> None:
    """Thirty callers don't come back at the same moment."""
    waits = seen.waits(1, seen.parcels.flaky)
    expect(
        spread(waits) >= SPREAD and not seen.floored,
        done=f"the depot was busy, the first time, for {FLAKY} callers",
        expected=f"eight tenths of their first waits spread over at least {SPREAD} s, from "
        "near zero on",
        seen=f"over {measured(spread(waits), 's')}, of {len(waits)} who asked again, the first "
        f"of them after {measured(seen.shortest, 's')}",
        hint=diagnose(seen),
    )


def test_waits_for_one_parcel_are_spread(seen: Seen) -> None:
    """Nor do thirty who ask for the same parcel."""
    expect(
        not seen.together,
        done=f"{CROWD} callers asked for the same parcel at once, and the depot was busy",
        expected="they don't come back in one moment",
        seen="they did" if seen.together else "they did not",
        hint=diagnose(seen),
    )


def test_gives_up(seen: Seen) -> None:
    """When the depot goes on failing, the caller hears that it was the depot."""
    told = {*seen.down_statuses, seen.one("cut").status}
    expect(
        told <= {502, 504} and 2 <= seen.most_down <= 4,
        done=f"the depot said 503 each time, to {DOWN} callers, and hung up on one",
        expected="asked 2 to 4 times for a parcel; 502 or 504 for the callers",
        seen=f"asked up to {seen.most_down} times; {sorted(told, key=str)}",
        hint=diagnose(seen),
    )


def test_answers_by_the_deadline(seen: Seen) -> None:
    """When the depot hangs, the caller is told so by the deadline."""
    caller = seen.one("hangs")
    expect(
        caller.status == 504 and caller.seconds < LATE,
        done="the depot did not answer at all",
        expected=f"a 504 after {DEADLINE} s",
        seen=f"{caller.status or 'no answer'} after {measured(caller.seconds, 's')}",
        hint=diagnose(seen),
    )


def test_slow_failures_end_by_the_deadline(seen: Seen) -> None:
    """Nor does a depot that fails slowly keep the caller any longer."""
    caller = seen.one("slow")
    expect(
        caller.status in (502, 504) and caller.seconds < LATE,
        done="the depot said 503 each time, and took more than two seconds for it",
        expected=f"a 504 (or a 502) after {DEADLINE} s",
        seen=f"{caller.status or 'no answer'} after {measured(caller.seconds, 's')}",
        hint=diagnose(seen),
    )
