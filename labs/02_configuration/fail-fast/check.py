"""
A shop is started with wrong settings, then with right ones, while its catalogue comes and goes,
hangs, does not know the key, and cannot be asked with it.
"""

import random
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import Process, Proxy, proxy, start, wait_until
from workbench.checks import Answer, Hint, ask, ends, expect, patience, record

SECONDS_TO_END = 40  # a manager needs ten seconds to notice that a worker is gone
SECONDS_TO_START = 30
SECONDS_TO_ANSWER = 5  # as long as a shop gives up a question that has an answer
DEATHS = 2  # of workers, and the service is never going to start
NAME = "CATALOGUE_KEY"
PHASES = ("without the catalogue", "with it", "while it hangs", "without it again")
READY = "503, 200, 503, 503"
PRICE = 200, "42"
LONGER = 8  # seconds until a question has had no answer; the client itself waits for five
LEAST = 20  # characters that a key must have, by settings.py
PIECE = 4  # characters of a key that betray it


class Drawn(NamedTuple):
    """
    The keys, and how often more a question is asked whose answer is to stay the same.
    """

    key: str  # as short as it may be
    unknown: str  # to the catalogue
    unsendable: str  # long enough, and with a letter that no header takes
    cut_short: str  # by one character too many
    again: tuple[int, ...]  # by phase


@pytest.fixture(scope="module")
def drawn(seed: int) -> Drawn:
    draw = random.Random(seed)
    key, unknown = (urlsafe_b64encode(draw.randbytes(n)).decode() for n in (15, 24))
    # No four of these letters stand in a line of a log; one of them is two bytes, which a shell
    # may take for two letters.
    cut_short = "".join([*draw.choices("BDFGJKQVWXZ", k=LEAST - 2), draw.choice("ÄÉÖ")])
    again = tuple(draw.randint(1, 4) for _ in PHASES)
    at = draw.randrange(len(key))
    unsendable = f"{key[:at]}{draw.choice('éß–…')}{key[at:]}"
    return Drawn(key, unknown, unsendable, cut_short, again)


def ask_ready(shop: Process) -> int | None:
    return ask(shop, "/readyz", timeout=LONGER * patience()).status


def becomes_ready(shop: Process, again: int) -> int | None:
    """
    Ask until it is ready so many times more in a row; the last answer that was another, if not.

    On a slow machine a right shop gives up a question, so a no between two yeses is no fault.
    """
    seen: list[int | None] = []

    def asked() -> bool:
        seen.append(ask_ready(shop))
        return seen[-again - 1 :] == [200] * (again + 1)

    if wait_until(asked, SECONDS_TO_ANSWER, every=0.1):
        return 200
    return next((status for status in reversed(seen) if status != 200), 200)


def stays(shop: Process, status: int, again: int) -> int | None:
    """
    Ask, and then some more times; the first that is another.
    """
    for _ in range(1 + again):
        if (seen := ask_ready(shop)) != status:
            return seen
    return status


def ask_price(shop: Process) -> Answer:
    """
    Ask until there is a price; the last that was said instead, if not.
    """
    answers: list[Answer] = []

    def asked() -> bool:
        answers.append(ask(shop, "/price", timeout=LONGER * patience()))
        return answers[-1].status in (200, None)

    wait_until(asked, SECONDS_TO_ANSWER, every=0.1)
    return answers[-1]


class Start(NamedTuple):
    """
    What became of a start with a wrong setting, and what had been written until then.
    """

    code: int | None
    serves: bool
    output: str
    cut_short: str  # the key that was given to one of them

    @property
    def state(self) -> str:
        if self.serves:
            return "serves"
        return "still starting" if self.code is None else f"exit code {self.code}"

    @property
    def names_it(self) -> bool:
        return NAME in self.output.upper()

    @property
    def leaks(self) -> bool:
        starts = range(len(self.cut_short) - PIECE + 1)
        pieces = (self.cut_short[at : at + PIECE] for at in starts)
        return any(piece in self.output for piece in pieces)


def launch(folder: Path, name: str, workers: int, proxied: Proxy, key: str | None) -> Process:
    env = {"WORKERS": str(workers), "CATALOGUE_URL": proxied.url}
    if key is not None:
        env[NAME] = key
    # The port is the command's, for a free one, and comes to the script as a variable.
    command = "env PORT={port} sh start.sh"
    return start(command, ready=None, name=name, cwd=folder, env=env)


def finish(shop: Process, drawn: Drawn) -> Start:
    """
    Wait until a start has come to something; end what is left of it.
    """

    def deaths() -> int:
        return sum("died" in line.text for line in shop.log)

    def decided() -> bool:
        if not shop.running or deaths() >= DEATHS:
            return True
        return ask(shop, "/healthz", timeout=1).status == 200

    wait_until(decided, SECONDS_TO_END, every=0.1)
    serves = shop.running and ask(shop, "/healthz").status == 200
    code = shop.returncode
    shop.kill()
    output = "\n".join(line.text for line in shop.log)
    return Start(code, serves, output, drawn.cut_short)


class Good(NamedTuple):
    """
    What shops with right settings answered while the catalogue came and went.
    """

    alive: int | None  # /healthz, without the catalogue
    alive_with: int | None  # the same, started when it was there
    ready: tuple[int | None, ...]  # in each of the phases
    price: Answer
    alive_unknown: int | None  # /healthz, with a key that the catalogue does not know
    ready_unknown: int | None
    alive_unsendable: int | None  # /healthz, with one with which it cannot be asked
    ready_unsendable: int | None
    stopped: bool  # one process, by SIGTERM to what was started
    stopped_workers: bool

    @property
    def readiness(self) -> str:
        return ", ".join(str(status or "no answer") for status in self.ready)

    @property
    def still_ready(self) -> list[str]:
        """
        When it said that it is ready, and showed no price.
        """
        wrong = [
            phase
            for phase, status in zip(PHASES, self.ready, strict=True)
            if status == 200 and phase != "with it"
        ]
        return [
            *wrong,
            *(["with a key that it does not know"] if self.ready_unknown == 200 else []),
        ]


def visit(folder: Path, proxied: Proxy, drawn: Drawn) -> Good:
    with proxied.down():
        shop = launch(folder, "yours", 1, proxied, drawn.key)
        unsendable = launch(folder, "key unsendable, workers", 2, proxied, drawn.unsendable)
        alive = alive_with = ask_when_started(shop)
        alive_unsendable = ask_when_started(unsendable)
        ready = [stays(shop, 503, drawn.again[0])]
    unknown = launch(folder, "key unknown, workers", 2, proxied, drawn.unknown)
    if not alive:
        shop = launch(folder, "yours", 1, proxied, drawn.key)
        alive_with = ask_when_started(shop)
    ready.append(becomes_ready(shop, drawn.again[1]) if alive_with else None)
    price = ask_price(shop)
    if price.status is None:  # all that follows would wait in vain, too
        record("yours", None, shop)
        shop.kill()
        unknown.kill()
        unsendable.kill()
        nothing = (*ready, None, None)
        return Good(alive, alive_with, nothing, price, None, None, None, None, False, False)
    alive_unknown = ask_when_started(unknown)
    with proxied.hang():
        ready.append(ask_ready(shop))
    with proxied.down():
        ready.append(stays(shop, 503, drawn.again[3]) if alive_with else None)
    ready_unknown = stays(unknown, 503, drawn.again[2])
    ready_unsendable = ask_ready(unsendable)
    unsendable.kill()
    stopped, stopped_workers = is_stopped(shop), is_stopped(unknown)
    record("yours", None, shop)
    return Good(
        alive,
        alive_with,
        tuple(ready),
        price,
        alive_unknown,
        ready_unknown,
        alive_unsendable,
        ready_unsendable,
        stopped,
        stopped_workers,
    )


def is_stopped(shop: Process) -> bool:
    """
    Whether SIGTERM to what was started ends it, and all that it has started.
    """
    if shop.running:
        shop.send("SIGTERM")
    stopped = ends(shop, within=10) and wait_until(
        lambda: ask(shop, "/healthz").status is None, 3
    )
    shop.kill()
    return stopped


def ask_when_started(shop: Process) -> int | None:
    seen: list[int | None] = []

    def asked() -> bool:
        seen.append(ask(shop, "/healthz").status)
        return not shop.running or seen[-1] is not None

    wait_until(asked, SECONDS_TO_START)
    return seen[-1]


class Found(NamedTuple):
    """
    What became of four starts with a wrong key, and of those with what is accepted.
    """

    missing: Start  # one process
    missing_in_workers: Start
    too_short: Start
    too_short_in_workers: Start
    good: Good

    @property
    def wrong(self) -> list[Start]:
        return [
            self.missing,
            self.missing_in_workers,
            self.too_short,
            self.too_short_in_workers,
        ]

    @property
    def missing_ones(self) -> list[Start]:
        return [self.missing, self.missing_in_workers]

    @property
    def states(self) -> str:
        return ", ".join(start.state for start in self.wrong)


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    if found.good.price != PRICE:
        status, price = found.good.price
        return Hint(
            "refuses-the-good",
            f"With right settings and a catalogue, /price: {status or 'no answer'}, {price!r}; "
            f"the catalogue says {PRICE[1]!r}. What did the shop say?",
        )
    return (
        diagnose_serving(found)
        or diagnose_codes(found)
        or diagnose_words(found)
        or diagnose_good(found.good)
    )


def diagnose_serving(found: Found) -> Hint | None:
    serving = [start for start in found.wrong if start.serves]
    if serving and all(start.names_it for start in serving):
        return Hint(
            "goes-on-regardless",
            f"It said that {NAME} is wrong, and then it started the service all the same. "
            "What does a shell do after a line that failed?",
        )
    if serving and not any(start.serves for start in found.missing_ones):
        return Hint(
            "looks-only-whether-it-is-there",
            "A missing key ends the start; one that is cut short does not. "
            "Who knows what a key must look like?",
        )
    if serving:
        return Hint(
            "nobody-looked",
            f"With a wrong {NAME} /healthz answered 200. Which line of yours is the first to "
            "read the settings, and who makes it run?",
        )
    return None


def diagnose_codes(found: Found) -> Hint | None:
    if any(start.code is None for start in found.wrong):
        return Hint(
            "starts-for-ever",
            f"One process: {found.missing.state}; a manager with two workers: "
            f"{found.missing_in_workers.state}. "
            "Who starts a worker anew when it dies, and what should be tried before that?",
        )
    zero = [start.code == 0 for start in found.wrong]
    if all(zero):
        return Hint(
            "says-success",
            "With a wrong setting each start ended with exit code 0. What does a platform make "
            "of that?",
        )
    if any(zero):
        return Hint(
            "manager-says-success",
            f"One process: {found.missing.state}; a manager with two workers: "
            f"{found.missing_in_workers.state}. "
            "Whose exit code is the 0?",
        )
    return None


def diagnose_words(found: Found) -> Hint | None:
    if any(start.leaks for start in found.wrong):
        return Hint(
            "shows-the-value",
            "The key that was cut short stands in the log. What does the error say of its own "
            "accord, and what of that do you need?",
        )
    if not all(start.names_it for start in found.wrong):
        return Hint(
            "does-not-say-what",
            f"The start ended, and nowhere in its log stands {NAME}. What would you look for "
            "at three in the morning?",
        )
    return None


def diagnose_start(good: Good) -> Hint | None:
    """
    Of starts with what settings.py accepts.
    """
    if good.alive != 200:
        return Hint(
            "needs-the-catalogue-to-start",
            "With right settings, and the catalogue away, /healthz: "
            f"{good.alive or 'no answer'}. Which of the two can your deploy repair?",
        )
    if good.alive_unsendable != 200:
        return Hint(
            "knows-better",
            "With a key that settings.py accepts, and no header takes, /healthz: "
            f"{good.alive_unsendable or 'no answer'}. Who has to say which settings are wrong, "
            "and who has said it here?",
        )
    if good.alive_unknown != 200:
        return Hint(
            "believes-the-catalogue",
            "With a key that settings.py accepts, and the catalogue does not know, /healthz: "
            f"{good.alive_unknown or 'no answer'}. Which of the two is wrong, and who starts "
            "the shop again when the catalogue has been put right?",
        )
    return None


def diagnose_good(good: Good) -> Hint | None:
    if hint := diagnose_start(good) or diagnose_readiness(good):
        return hint
    if not (good.stopped and good.stopped_workers):
        return Hint(
            "shell-keeps-the-signal",
            "SIGTERM came to what the platform had started, and the shop went on. "
            "Who got the signal, and who did not?",
        )
    if good.ready_unsendable != 503:
        return Hint(
            "one-kind-of-failure",
            "With a key that settings.py accepts and no header takes, /readyz: "
            f"{good.ready_unsendable or 'no answer'}; the catalogue was not even asked. "
            "In which errors may a question end, and for which of them have you an answer?",
        )
    return None


def diagnose_readiness(good: Good) -> Hint | None:
    if good.ready[0] == 200:
        return Hint(
            "ready-for-nothing",
            "The catalogue was away, and /readyz answered 200. What did it ask before it said "
            "so?",
        )
    if good.ready[-1] == 200:
        return Hint(
            "ready-once-and-for-all",
            "The catalogue came and went, and /readyz still answers 200. When was the question "
            "asked?",
        )
    if good.still_ready:
        return Hint(
            "any-answer-will-do",
            f"/readyz answered 200 {' and '.join(good.still_ready)}. Of what the catalogue "
            "says, or does not say, what does a price need?",
        )
    if good.ready[2] is None:
        return Hint(
            "waits-for-ever",
            f"The catalogue hung, and so did /readyz: no answer within {LONGER} s. For how "
            "long may a question take whose answer is to be yes?",
        )
    if good.readiness != READY or good.ready_unknown != 503:
        return Hint(
            "fails-to-say-no",
            f"The catalogue was away, there, hung, was away again; /readyz answered "
            f"{good.readiness}. What do you answer when a question fails?",
        )
    return None


@pytest.fixture(scope="module")
def proxied(untouched: Path, drawn: Drawn) -> Iterator[Proxy]:
    command = f"python catalogue.py {{port}} {drawn.key}"
    with (
        start(command, ready="port", name="catalogue", cwd=untouched) as catalogue,
        proxy(catalogue.url) as proxied,
    ):
        yield proxied


@pytest.mark.control
def test_control(untouched: Path, proxied: Proxy) -> None:
    """The untouched shop starts without its key, says that it is ready, and shows no price."""
    shop = launch(untouched, "untouched", 1, proxied, None)
    seen = ask_when_started(shop), ask(shop, "/readyz").status, ask(shop, "/price").status
    shop.kill()

    expect(
        seen == (200, 200, 500),
        done=f"a start without {NAME}, then GET /healthz, /readyz, /price",
        expected="200, 200, 500",
        seen=", ".join(map(str, seen)),
    )


@pytest.fixture(scope="module")
def found(attempt: Path, proxied: Proxy, drawn: Drawn) -> Found:
    no_key, no_key_in_workers, cut_short, cut_short_in_workers = (
        launch(attempt, "no key", 1, proxied, None),
        launch(attempt, "no key, workers", 2, proxied, None),
        launch(attempt, "key cut short", 1, proxied, drawn.cut_short),
        launch(attempt, "key cut short, workers", 2, proxied, drawn.cut_short),
    )
    return Found(
        finish(no_key, drawn),
        finish(no_key_in_workers, drawn),
        finish(cut_short, drawn),
        finish(cut_short_in_workers, drawn),
        visit(attempt, proxied, drawn),
    )


def test_a_wrong_setting_ends_the_start(found: Found) -> None:
    """With a wrong setting the start ends, and not with 0."""
    expect(
        all(start.code for start in found.wrong) and not any(s.serves for s in found.wrong),
        done=f"no {NAME}: one process, two workers; one that is too short: the same",
        expected="four exit codes other than 0",
        seen=found.states,
        hint=diagnose(found),
    )


def test_it_names_the_variable_and_not_the_value(found: Found) -> None:
    """What it then says names the variable, and not the value."""
    names, leaks = (
        sum(start.names_it for start in found.wrong),
        sum(start.leaks for start in found.wrong),
    )
    expect(
        names == len(found.wrong) and not leaks,
        done=f"the log of each was searched for {NAME}, and for what was in it",
        expected="the name in 4 of 4, the value in none",
        seen=f"the name in {names} of 4, the value in {leaks or 'none'}",
        hint=diagnose(found),
    )


def test_right_settings_start_without_the_catalogue(found: Found) -> None:
    """With right settings it starts, catalogue or not, and shows prices when it can."""
    expect(
        found.good.alive == found.good.alive_unsendable == found.good.alive_unknown == 200
        and found.good.price == PRICE,
        done="right settings; /healthz without the catalogue, then /price with it; /healthz "
        "with a key that no header takes, and with one that the catalogue does not know",
        expected=f"200; {PRICE}; 200; 200",
        seen=f"{found.good.alive or 'no answer'}; {tuple(found.good.price)}; "
        f"{found.good.alive_unsendable or 'no answer'}; "
        f"{found.good.alive_unknown or 'no answer'}",
        hint=diagnose(found),
    )


def test_readiness_asks(found: Found) -> None:
    """It is ready as long as a price can be shown, and no longer."""
    expect(
        found.good.readiness == READY
        and found.good.ready_unknown == found.good.ready_unsendable == 503,
        done=f"/readyz: {', '.join(PHASES)}; with a key that the catalogue does not know; "
        "with one that no header takes",
        expected=f"{READY}; 503; 503",
        seen=f"{found.good.readiness}; {found.good.ready_unknown or 'no answer'}; "
        f"{found.good.ready_unsendable or 'no answer'}",
        hint=diagnose(found),
    )


def test_the_signal_ends_the_shop(found: Found) -> None:
    """SIGTERM to what the platform has started ends the shop."""
    expect(
        found.good.stopped and found.good.stopped_workers,
        done="SIGTERM to what was started: a shop of one process, and one of two workers",
        expected="both ended",
        seen=f"one process: {'ended' if found.good.stopped else 'still there'}; "
        f"two workers: {'ended' if found.good.stopped_workers else 'still there'}",
        hint=diagnose(found),
    )
