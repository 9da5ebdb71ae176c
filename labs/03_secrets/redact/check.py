"""
Eight channels are used, more than once each; then what the service wrote is read.
"""

import random
import re
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from workbench import start
from workbench.checks import Hint, expect, record

# Signs that JSON and a URL leave as they are, and no five of which stand in a word.
LETTERS = "bcdfgjkmqvwxz"
SIGNS = f"{LETTERS}~_-"
PIECE = 5  # characters of the key in a row: more than the task allows
MANY = 300  # keys in one line, longer than any buffer of a few thousand characters
# By the same channel:
LONG, BESIDE, ALIKE = "query, a long line", "query, a letter beside", "query, no key"
CHANNELS = {  # what stands in the line of each, around the key
    "message": "login with KEY was refused",
    "argument": "login with KEY was refused",
    "repr": "paid by Account.*first.*KEY",
    "extra": "was refused.*sent.*KEY",
    "exception": "in pay.*no answer from https://shop:KEY@pay.example",
    "warning": "the key KEY is an old one",
    "print": "the key is KEY, really",
    "query": "GET /query/.*token=KEY&again=KEY HTTP",
}


class Uses(NamedTuple):
    """
    What a run uses: a key, and the channels, with the number of an order to know a line by.
    """

    key: str
    rounds: int
    orders: list[tuple[str, str]]  # channel, number

    @property
    def fingerprint(self) -> str:
        """
        As the service makes it.
        """
        return f"key:{sha256(self.key.encode()).hexdigest()[:8]}"

    def tells(self, text: str) -> bool:
        """
        Whether a piece of the key stands in it.
        """
        starts = range(len(self.key) - PIECE + 1)
        return any(self.key[at : at + PIECE] in text for at in starts)

    @property
    def alike(self) -> str:
        """
        No key, and no piece of one, though a dot in a pattern would stand for it.
        """
        return self.key.replace(".", "x")

    @property
    def in_capitals(self) -> str:
        """
        No key, and no piece of one, unless capitals are letters like any.
        """
        return self.key.upper()

    def parameters(self, used: str) -> dict[str, str | list[str]]:
        """
        What is in the query of a request by this channel.
        """
        by_use: dict[str, tuple[str, list[str]]] = {
            "query": (self.key, [self.key]),
            LONG: (self.key, [self.key] * MANY),
            BESIDE: (f"x{self.key}", [self.key * 2, f"{self.key}9"]),
            ALIKE: (self.alike, [self.in_capitals]),
        }
        if used not in by_use:
            return {}
        token, again = by_use[used]
        return {"token": token, "again": again}

    def __str__(self) -> str:
        return (
            f"each of the channels was used {self.rounds} times: {', '.join(CHANNELS)}; query "
            "once more for a long line, once with letters beside the key, and once with what "
            "is no key"
        )


@pytest.fixture(scope="module")
def uses(seed: int) -> Uses:
    draw = random.Random(seed)
    # No word begins or ends with a sign of these; and what stands between two dots is allowed.
    parts = [
        f"{draw.choice(SIGNS)}{draw.choice(LETTERS)}{draw.choice(SIGNS)}" for _ in range(6)
    ]
    key = ".".join(["-", *parts, "~"])
    rounds = [draw.sample(list(CHANNELS), len(CHANNELS)) for _ in range(draw.randint(2, 4))]
    channels = draw.sample([LONG, BESIDE, ALIKE], 3) + list(chain.from_iterable(rounds))
    numbers = map(str, draw.sample(range(100_000, 1_000_000), len(channels)))
    return Uses(key, len(rounds), list(zip(channels, numbers, strict=True)))


class Seen(NamedTuple):
    """
    What became of the lines of eight channels.
    """

    leaks: list[str]  # channels by whose public line the key, or a piece of it, leaves
    half_hidden: bool  # by `query`, where the key stands twice, it leaves once
    cut: bool  # it leaves by a long line only
    beside: bool  # it leaves only where a letter stands beside it
    hidden: bool  # what is no key
    lost: list[str]  # channels whose public line is gone, or says less than it should
    fingerprints: list[str]  # channels by whose public line the fingerprint leaves
    told: list[str]  # channels whose record in the audit file tells the key
    unaudited: list[
        str
    ]  # channels whose record in the audit file does not say which key it was
    errors: int  # of logging itself


def use_channels(folder: Path, name: str, audit: Path, uses: Uses) -> Seen:
    """
    Use each channel, more than once.
    """
    service = start(
        "uvicorn service:app --port {port}",
        ready="/healthz",
        name=name,
        cwd=folder,
        env={"API_KEY": uses.key, "AUDIT_FILE": str(audit)},
        timeout=15,
    )
    # uvicorn closes a connection after an exception, so each request gets its own.
    alone = {"connection": "close"}
    with httpx.Client(base_url=service.url, headers=alone, timeout=10) as client:
        for channel, order in uses.orders:
            path = f"/{channel.partition(',')[0]}/{order}"
            client.get(path, params=uses.parameters(channel))
    service.stop()
    record(name, None, service)

    lines = [line.text for line in service.log]
    audited = audit.read_text().splitlines()

    def of(channel: str, among: list[str]) -> list[str]:
        """
        What was written of each order that went by this channel.
        """
        return [
            "\n".join(line for line in among if order in line)
            for used, order in uses.orders
            if used == channel
        ]

    leaks = [
        channel
        for channel in (*CHANNELS, LONG, BESIDE)
        if any(map(uses.tells, of(channel, lines)))
    ]
    if not leaks and any(map(uses.tells, lines)):
        leaks = ["a line of no order"]
    return Seen(
        leaks,
        all(text.count(uses.key) == 1 for text in of("query", lines)),
        leaks == [LONG],
        leaks == [BESIDE],
        not all(
            uses.alike in text and uses.in_capitals in text
            for text in (*of(ALIKE, lines), *of(ALIKE, audited))
        ),
        [
            channel
            for channel, words in CHANNELS.items()
            if not all(
                re.search(words.replace("KEY", ".*"), text) for text in of(channel, lines)
            )
        ],
        [
            channel
            for channel in CHANNELS
            if any(uses.fingerprint in text for text in of(channel, lines))
        ],
        [
            channel
            for channel in (*CHANNELS, BESIDE)
            if any(map(uses.tells, of(channel, audited)))
        ],
        [
            channel
            for channel, words in CHANNELS.items()
            if channel != "print"
            and not all(
                re.search(words.replace("KEY", uses.fingerprint), text)
                for text in of(channel, audited)
            )
        ],
        sum("--- Logging error ---" in line for line in lines),
    )


def diagnose(seen: Seen) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    if seen.errors:
        return Hint(
            "breaks-arguments",
            f"Logging itself failed {seen.errors} times. "
            "What did a %d in a message get from you?",
        )
    if seen.cut:
        return Hint(
            "cuts-a-line",
            f"A line with the key {MANY} times is {MANY * 32:,} characters long, and only by "
            "that one it leaves. In which pieces does your code look at what passes?",
        )
    if seen.beside:
        return Hint(
            "only-as-a-word",
            "The key leaves only by a line in which a letter, a digit, or the key once more "
            "stands right beside it. What must be around a key, so that your code finds it?",
        )
    return diagnose_leaks(seen) if seen.leaks else diagnose_what_is_left(seen)


def diagnose_leaks(seen: Seen) -> Hint | None:
    """
    Which part of the way of a record was not guarded?
    """
    leaks = set(seen.leaks) & set(CHANNELS)
    if leaks == {"query"} and seen.half_hidden:
        return Hint(
            "only-once-a-line",
            "In a request's line the key stood twice, and once it left. "
            "How often does your code look at a line?",
        )
    still = f"The key still leaves by {', '.join(c for c in CHANNELS if c in leaks)}"
    if leaks == set(CHANNELS):
        return Hint(
            "hides-nothing",
            f"{still}: all of them. Does the text that leaves pass by your code, and is a key "
            "that begins with `-` and ends with `~` one to it?",
        )
    if "message" in leaks and "argument" not in leaks:
        return Hint(
            "only-the-arguments",
            f"{still}. A plain argument is safe: where is the key when it is none?",
        )
    if "argument" in leaks and "message" not in leaks:
        return Hint(
            "only-the-message",
            f"{still}, but not by message. When do message and arguments come together?",
        )
    if {"exception", "warning", "query"} <= leaks:
        return Hint(
            "one-logger",
            f"{still}. What do these have in common, that your own lines have not: "
            "who logged them, and by which logger?",
        )
    return diagnose_one_part(seen, still)


def diagnose_one_part(seen: Seen, still: str) -> Hint | None:
    """
    A part of the record that was forgotten, or what is no record.
    """
    if {"message", "argument"} & set(seen.leaks):
        return None
    if "exception" in seen.leaks:
        return Hint(
            "forgets-the-traceback",
            f"{still}. When is a traceback made into text, before or after your code?",
        )
    if "extra" in seen.leaks:
        return Hint(
            "forgets-the-fields",
            f"{still}. A record has more fields than its message: when are they all text?",
        )
    if seen.leaks == ["print"]:
        return Hint(
            "forgets-what-is-no-record",
            f"{still}. That is written without any logger: what is it written to?",
        )
    return None


def diagnose_what_is_left(seen: Seen) -> Hint | None:
    """
    Nothing leaks, but too much is hidden.
    """
    if seen.lost:
        return Hint(
            "hides-too-much",
            f"The public line is gone, or has lost more than the key: {', '.join(seen.lost)}. "
            "What will somebody do at three in the morning who needs that line?",
        )
    if seen.hidden:
        return Hint(
            "hides-what-is-no-key",
            "A request had something in its query that is no key, and a log hides it. "
            "The key has dots and small letters: what are these to your code?",
        )
    if seen.fingerprints:
        return Hint(
            "tells-which-key",
            f"The fingerprint is in the public line of {', '.join(seen.fingerprints)}. "
            "Who may know which services have the same key, and by which handler do they read?",
        )
    if seen.told:
        return Hint(
            "tells-the-auditors",
            f"The audit file has the key in: {', '.join(seen.told)}. "
            "Who has it once that file is copied?",
        )
    if seen.unaudited:
        return Hint(
            "changes-the-record",
            "The audit file does not say, in the key's place, which it was in: "
            f"{', '.join(seen.unaudited)}. "
            "How many handlers get the record that you changed?",
        )
    return None


@pytest.mark.control
def test_control(untouched: Path, tmp_path: Path, uses: Uses) -> None:
    """The untouched service tells its key on all eight channels."""
    seen = use_channels(untouched, "untouched", tmp_path / "audit", uses)
    expect(
        set(CHANNELS) <= set(seen.leaks),
        done=str(uses),
        expected="the key in the public line of each",
        seen=", ".join(seen.leaks) or "no key",
    )


@pytest.fixture(scope="module")
def seen(attempt: Path, tmp_path_factory: pytest.TempPathFactory, uses: Uses) -> Seen:
    return use_channels(attempt, "yours", tmp_path_factory.mktemp("audit") / "audit", uses)


def test_no_channel_tells(seen: Seen, uses: Uses) -> None:
    """Neither the key nor its fingerprint is on standard output or standard error."""
    found = list(dict.fromkeys((*seen.leaks, *seen.fingerprints)))
    expect(
        not found,
        done=str(uses),
        expected="no line with the key, a piece of it, or its fingerprint",
        seen=", ".join(found) or "no line",
        hint=diagnose(seen),
    )


def test_nothing_else_is_lost(seen: Seen, uses: Uses) -> None:
    """Each line is there, with all that is not the key."""
    expect(
        not seen.lost and not seen.errors and not seen.hidden,
        done=str(uses),
        expected="the words around the key in each line, what is no key as it was, and no "
        "error of logging",
        seen=f"{len(seen.lost)} lines are not whole"
        + (": " if seen.lost else "")
        + ", ".join(seen.lost)
        + ("; what is no key was hidden" if seen.hidden else ""),
        hint=diagnose(seen),
    )


def test_audit_says_which_key(seen: Seen, uses: Uses) -> None:
    """The audit file has each record as it was, with the fingerprint where the key was."""
    expect(
        not seen.unaudited and not seen.told,
        done=str(uses),
        expected="the fingerprint, and no key, in each of seven records (`print` has none)",
        seen=f"the key in: {', '.join(seen.told)}" if seen.told
        else f"no fingerprint in: {', '.join(seen.unaudited)}" if seen.unaudited
        else "in each",
        hint=diagnose(seen),
    )  # fmt: skip
