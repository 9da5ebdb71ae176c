"""
Hundreds of canaries of three kinds ask a rule, again and again, what to do.
"""

import http.client
import random
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

from workbench import Process, start
from workbench.checks import Hint, expect, record

GOOD, BAD, TERRIBLE = 0.01, 0.02, 0.3  # shares of errors
CANARIES = {GOOD: 600, BAD: 600, TERRIBLE: 200}
LOOKS = (*range(10, 400, 10), *range(400, 5001, 50))
WORDS = {"wait", "go on", "go back"}
MOST_FALSE, LEAST_FOUND = 0.07, 0.9
SOON, AT_ONCE = 1200, 40  # answers within which half of the bad are found


class Kind(NamedTuple):
    """
    What became of the canaries of one kind: after how many answers each went back or on.
    """

    back: list[int]
    on: list[int]
    undecided: int

    @property
    def share(self) -> float:
        """
        Of them, who went back.
        """
        return len(self.back) / (len(self.back) + len(self.on) + self.undecided)

    @property
    def half(self) -> float:
        """
        The answers by which half of those had gone back that did.
        """
        return median(self.back) if self.back else float("inf")


class NoDecision(Exception):
    """The service said something else; the message says what."""


def ask(service: Process, canaries: list[tuple[int, int]]) -> list[str]:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    try:
        body = "\n".join(f"{answers} {errors}" for answers, errors in canaries)
        connection.request("POST", "/decide", body)
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    words = text.split("\n")
    if answer.status != 200 or len(words) != len(canaries) or not WORDS.issuperset(words):
        asked = "decide({}, {})".format(*canaries[0])
        raise NoDecision(f"{asked} and more: status {answer.status}, {text[:40]!r}")
    return words


def run(service: Process, share: float) -> Kind:
    """
    Let all canaries of a kind go, a look at a time; the same ones in every run.
    """
    chance = random.Random(f"canaries {share}")
    alive = [0] * CANARIES[share]  # the errors of those who wait
    before, ends = 0, {"go back": [], "go on": []}
    for answers in LOOKS:
        alive = [
            errors + sum(chance.random() < share for _ in range(answers - before))
            for errors in alive
        ]
        before = answers
        words = ask(service, [(answers, errors) for errors in alive])
        for word in ends:
            ends[word] += [answers] * words.count(word)
        alive = [e for e, word in zip(alive, words, strict=True) if word == "wait"]
        if not alive:
            break
    return Kind(ends["go back"], ends["go on"], len(alive))


def start_service(folder: Path, name: str) -> Process:
    command = "uvicorn service:app --port {port} --no-access-log"
    return start(command, ready="/healthz", name=name, cwd=folder)


class Found(NamedTuple):
    good: Kind
    bad: Kind
    terrible: Kind
    problem: str = ""


NOTHING = Kind([], [], 1)


@pytest.fixture(scope="module")
def found(attempt: Path) -> Found:
    with start_service(attempt, "yours") as service:
        try:
            found = Found(*(run(service, share) for share in CANARIES))
        except NoDecision as problem:
            found = Found(NOTHING, NOTHING, NOTHING, str(problem))
    record("yours", None, service)
    return found


def diagnose(found: Found) -> Hint:
    """
    From what makes a rule useless to what makes it slow.
    """
    good, bad, terrible, problem = found
    if problem:
        return Hint(
            "no-decision", f"That was no decision: {problem}. Which three words are there?"
        )
    if good.undecided or bad.undecided:
        return Hint(
            "never-ends",
            f"After {LOOKS[-1]} answers {good.undecided} good and {bad.undecided} bad canaries "
            "still waited. What would let a good one go on?",
        )
    if good.share > MOST_FALSE:
        return diagnose_false_alarms(good)
    if bad.share < LEAST_FOUND:
        return Hint(
            "lets-bad-ones-on",
            f"{100 * bad.share:.0f} % of those with twice the errors went back, and half of "
            f"the others were let on by answer {median(bad.on):.0f}. How many errors had they, "
            "and how many would a good one have?",
        )
    return Hint(
        "waits-too-long",
        f"Of those that err three times in ten, half went back by answer {terrible.half:.0f}; "
        f"of those with twice the errors, by answer {bad.half:.0f}. Who was sure long before?",
    )


def diagnose_false_alarms(good: Kind) -> Hint:
    looks = len(set(good.back))
    refused = f"{100 * good.share:.0f} % of the good versions went back"
    if good.share > 0.5:
        return Hint(
            "first-errors",
            f"{refused}, half of them by answer {good.half:.0f}. "
            "How many errors may one have by then without being bad?",
        )
    if looks > 3:
        return Hint(
            "peeks",
            f"{refused}, at {looks} different looks. Each look alone is rarely wrong: how many "
            "are there?",
        )
    return Hint(
        "too-few-answers",
        f"{refused}, after {good.half:.0f} answers. How far do the errors of a good version "
        "spread by then, and those of a bad one?",
    )


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """With the rule as it was, versions with twice the errors go on."""
    with start_service(untouched, "untouched") as service:
        bad = run(service, BAD)
    expect(
        bad.share < 0.5,
        done=f"{CANARIES[BAD]} canaries with twice the errors",
        expected="most of them go on",
        seen=f"{len(bad.on)} went on",
    )


def test_good_ones_go_on(found: Found) -> None:
    """Of good versions, at most 7 % go back."""
    expect(
        not found.problem and found.good.share <= MOST_FALSE,
        done=f"{CANARIES[GOOD]} canaries with 1 % of errors",
        expected="at most 7 % go back",
        seen=found.problem or f"{100 * found.good.share:.1f} %",
        hint=diagnose(found),
    )


def test_bad_ones_go_back(found: Found) -> None:
    """Of versions with twice the errors, at least 90 % go back, half of them in time."""
    bad = found.bad
    expect(
        bad.share >= LEAST_FOUND and bad.half <= SOON,
        done=f"{CANARIES[BAD]} canaries with 2 % of errors",
        expected=f"at least 90 % go back, half of those by answer {SOON}",
        seen=found.problem or f"{100 * bad.share:.1f} %, half of them by answer {bad.half:.0f}",
        hint=diagnose(found),
    )


def test_terrible_ones_go_back_at_once(found: Found) -> None:
    """Of versions that err three times in ten, all go back, half of them by answer 40."""
    terrible = found.terrible
    expect(
        terrible.share == 1 and terrible.half <= AT_ONCE,
        done=f"{CANARIES[TERRIBLE]} canaries with 30 % of errors",
        expected=f"all go back, half of them by answer {AT_ONCE}",
        seen=found.problem
        or f"{100 * terrible.share:.1f} %, half of them by answer {terrible.half:.0f}",
        hint=diagnose(found),
    )


def test_every_canary_ends(found: Found) -> None:
    """Every canary has an end within 5,000 answers."""
    waiting = found.good.undecided + found.bad.undecided + found.terrible.undecided
    expect(
        not found.problem and waiting == 0,
        done=f"all {sum(CANARIES.values())} canaries, up to {LOOKS[-1]} answers",
        expected="0 still wait",
        seen=found.problem or f"{waiting}",
        hint=diagnose(found),
    )
