"""
Bad lists of keys and good ones, each given to a process of its own.
"""

import hmac
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from workbench import Process, start, wait_until
from workbench.checks import Hint, expect, record

LETTERS = "BDFGJKQVWXZ"  # no four of them in a row stand in a line of a log
ACCENTS = "a key of 20 letters with accents"
NOTHING = {"(nothing)": "", ",": ","}
PIECE = 4  # characters of a key that betray it
SECONDS_TO_START = 20
AT_ONCE = 4  # services; twenty starts at once are what makes a machine slow

# A connection for each request: after a status 500 the server hangs up.
client = httpx.Client(timeout=10, limits=httpx.Limits(max_keepalive_connections=0))


class Lists(NamedTuple):
    """
    What SECRET_KEYS is set to, by what is said of it.
    """

    good: dict[str, tuple[str, ...]]  # the keys
    empty: dict[str, str]  # an entry of it
    padded: dict[str, str]
    blank: dict[str, str]
    too_short: dict[str, str]
    twice: dict[str, str]

    @property
    def bad(self) -> dict[str, str]:
        return NOTHING | self.empty | self.padded | self.blank | self.too_short | self.twice


@pytest.fixture(scope="module")
def lists(seed: int) -> Lists:
    draw = random.Random(seed)

    def key(characters: int, among: str = LETTERS) -> str:
        return "".join(draw.choices(among, k=characters))

    new, old, older = (key(draw.randint(40, 80)) for _ in range(3))
    padding = draw.choice(" \t")
    shorter = draw.randint(1, 30)
    return Lists(
        good={
            "NEW,OLD": (new, old),
            "three keys": tuple(draw.sample((new, old, older), 3)),
            "a key of 32 bytes": (key(32),),
            ACCENTS: (key(20, "äöüßéèñçøå"),),  # 40 bytes
            "a key with a space in the middle": (new, f"{key(20)} {key(20)}"),
        },
        empty={"NEW,": f"{new},", "NEW,,OLD": f"{new},,{old}", ",NEW": f",{new}"},
        padded={
            "NEW, OLD": f"{new},{padding}{old}",
            "NEW ,OLD": f"{new}{padding},{old}",
            "NEW,OLD\\n": f"{new},{old}\n",
        },
        blank={"NEW,spaces": f"{new},{' ' * draw.randint(32, 50)}"},
        too_short={
            "NEW,31 bytes": f"{new},{key(31)}",
            f"NEW,{shorter} bytes,OLD": f"{new},{key(shorter)},{old}",
        },
        twice={"NEW,OLD,NEW": f"{new},{old},{new}", "NEW,OLD,OLD": f"{new},{old},{old}"},
    )


class Found(NamedTuple):
    """
    What became of every value.
    """

    lists: Lists

    started: list[str]  # bad values with which the service serves
    exit_0: list[str]  # bad values that are refused as if all were well
    forged: list[str]  # values that let anybody in, with no key at all
    stripped: list[str]  # padded values whose key was changed
    printed: list[str]  # values of which a piece stands in the log
    refused: list[str]  # good values with which it does not serve
    altered: list[str]  # good values whose keys do not work as they are


def token(user: str, key: str) -> str:
    return f"{user}.{hmac.digest(key.encode(), user.encode(), 'sha256').hex()}"


def serves(service: Process) -> bool:
    """
    Wait until it serves or has ended; which of the two.
    """

    def settled() -> bool:
        return not service.running or "Uvicorn running" in service.tail(1)

    wait_until(settled, SECONDS_TO_START)
    return service.running


def launch(folder: Path, values: dict[str, str], name: str) -> Iterator[tuple[str, Process]]:
    """
    Start a service with each of these values, a few at the same time.
    """
    for begin in range(0, len(values), AT_ONCE):
        yield from [
            (
                value,
                start(
                    "uvicorn service:app --port {port} --no-access-log",
                    ready=None,
                    name=f"{name}, {value}",
                    cwd=folder,
                    env={"SECRET_KEYS": values[value]},
                ),
            )
            for value in list(values)[begin : begin + AT_ONCE]
        ]


def accepts(service: Process, user: str, key: str) -> bool:
    headers = {"authorization": token(user, key)}
    return client.get(f"{service.url}/me", headers=headers).status_code == 200


def contains_piece(service: Process, raw: str) -> bool:
    """
    Whether a piece of one of these keys stands in the log.
    """
    text = "\n".join(line.text for line in service.log)
    pieces = (
        key[place : place + PIECE]
        for key in raw.split(",")
        for place in range(len(key) - PIECE + 1)
    )
    return any(piece in text for piece in pieces if piece.strip())


def try_bad(found: Found, value: str, service: Process) -> None:
    """
    Note what became of a service with a bad value.
    """
    good_ones = found.lists.good["NEW,OLD"]
    with service:
        if serves(service):
            found.started.append(value)
            if accepts(service, "admin", ""):
                found.forged.append(value)
            elif value in found.lists.padded and all(
                accepts(service, "anna", key) for key in good_ones
            ):
                found.stripped.append(value)
        elif service.returncode == 0:
            found.exit_0.append(value)
    if contains_piece(service, found.lists.bad[value]):
        found.printed.append(value)


def try_good(found: Found, value: str, service: Process) -> None:
    """
    Note what became of a service with a good value.
    """
    keys = found.lists.good[value]
    with service:
        if not serves(service):
            found.refused.append(value)
        else:
            fresh = client.get(f"{service.url}/login/anna").text
            works = all(accepts(service, "anna", key) for key in keys)
            if fresh != token("anna", keys[0]) or not works:
                found.altered.append(value)
    if contains_piece(service, ",".join(keys)):
        found.printed.append(value)


def try_values(folder: Path, name: str, lists: Lists) -> Found:
    """
    Start a service with every value, and see what it does.
    """
    found = Found(lists, [], [], [], [], [], [], [])
    good = {value: ",".join(keys) for value, keys in lists.good.items()}
    for value, service in launch(folder, good, name):
        try_good(found, value, service)
    for value, service in launch(folder, lists.bad, name):
        try_bad(found, value, service)
    record(name, None, service)
    return found


def listed(values: list[str]) -> str:
    return " · ".join(values) if values else "none"


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """

    def started(values: dict[str, str]) -> list[str]:
        return [value for value in values if value in found.started]

    lists = found.lists
    spoilt = found.refused + found.altered
    causes = [
        (
            found.printed,
            "prints-a-key",
            (
                "With {} it wrote a piece of a key into its log. "
                "Who reads a log, and for how long is it kept?"
            ),
        ),
        (
            found.exit_0,
            "says-all-is-well",
            "With {} it ended with exit code 0. What does whoever started it make of that?",
        ),
        (
            [] if set(NOTHING) & set(found.forged) else found.forged,
            "only-the-first",
            (
                "Nothing at all is refused, but with {} anybody is admin. "
                "Which of the entries did you look at?"
            ),
        ),
        (
            found.forged,
            "empty-key",
            (
                "With {} it takes a token that was signed with no key. "
                "What does split make of a comma with nothing behind it?"
            ),
        ),
        (
            found.refused if found.refused == [ACCENTS] else [],
            "counts-characters",
            "Of the good lists it refuses only {}, which has 40 bytes. What does len() count?",
        ),
        (
            spoilt,
            "spoils-good-keys",
            "It does not serve with {}. What do you ask of a key that the task does not?",
        ),
        (
            started(lists.empty),
            "drops-in-silence",
            (
                "With {} it starts, with the keys that are left. "
                "Who will learn that one was meant to stand there?"
            ),
        ),
        (
            found.stripped,
            "changes-keys",
            (
                "With {} it starts, with a key that does not stand there. "
                "What is the key of an instance that reads the same value and strips nothing?"
            ),
        ),
        (
            started(lists.padded | lists.blank),
            "padded-key",
            (
                "With {} it starts. "
                "Whose tokens does it refuse that it took before somebody typed the space?"
            ),
        ),
        (
            started(lists.too_short),
            "short-key",
            "It starts with {}. How many bytes make a key good, and who of them has as many?",
        ),
        (
            started(lists.twice),
            "same-twice",
            (
                "It starts with {}. What did somebody mean to do who wrote the same key twice, "
                "and has it been done?"
            ),
        ),
    ]
    return next(
        (Hint(key, text.format(listed(values))) for values, key, text in causes if values),
        None,
    )


@pytest.mark.control
def test_control(untouched: Path, lists: Lists) -> None:
    """The untouched service lets anybody in when the list ends with a comma."""
    ((_, service),) = launch(untouched, {"NEW,": lists.empty["NEW,"]}, "untouched")
    with service:
        forged = serves(service) and accepts(service, "admin", "")

    expect(
        forged,
        done="SECRET_KEYS=NEW, and a token for admin that was signed with no key",
        expected="it is accepted",
        seen="it was accepted" if forged else "it was not",
    )


@pytest.fixture(scope="module")
def found(attempt: Path, lists: Lists) -> Found:
    return try_values(attempt, "yours", lists)


def test_bad_lists_do_not_start(found: Found) -> None:
    """With a bad list the service does not start."""
    expect(
        not found.started,
        done=f"{len(found.lists.bad)} bad values, each given to a process",
        expected="none of them starts",
        seen=f"started with: {listed(found.started)}",
        hint=diagnose(found),
    )


def test_exit_code_says_so(found: Found) -> None:
    """The exit code of a service that refuses is not 0."""
    expect(
        not found.exit_0,
        done=f"{len(found.lists.bad)} bad values, each given to a process",
        expected="no exit code 0",
        seen=f"exit code 0 with: {listed(found.exit_0)}",
        hint=diagnose(found),
    )


def test_no_key_in_the_log(found: Found) -> None:
    """What the service writes contains no key, nor a piece of one."""
    expect(
        not found.printed,
        done=f"{PIECE} characters in a row of any key, looked for in every log",
        expected="in none of them",
        seen=f"found with: {listed(found.printed)}",
        hint=diagnose(found),
    )


def test_good_lists_work(found: Found) -> None:
    """With a good list the first key signs, and all are accepted as they stand."""
    expect(
        not found.refused and not found.altered,
        done=f"{len(found.lists.good)} good values; a login, and a token of each key",
        expected="signed with the first, accepted with each",
        seen=f"not so with: {listed(found.refused + found.altered)}",
        hint=diagnose(found),
    )
