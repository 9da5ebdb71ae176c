"""
An operator replaces the file of keys in seven ways, and then some of them again, while somebody
asks for signatures.
"""

import hashlib
import hmac
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from workbench import Process, start, wait_until
from workbench.checks import Hint, expect, record

SECONDS_TO_TAKE_UP = 3  # "a second or so", on a machine that is busy
SECONDS_HELD = 1.8  # the file is no whole ring for so long: any watcher has looked by then
WAYS = [
    "another file moved over it",
    "written anew in place",
    "gone, and then back",
    "the same size in the same second",
    "an older file put back",
    "a symbolic link moved over it",
    "the directory behind the link swapped",
    "swapped again and again",
]
GOOD, WRONG_KEY, REFUSED, ERROR = "good", "another key", "refused", "error"


def signature(key: str) -> str:
    return hmac.new(key.encode(), b"data", hashlib.sha256).hexdigest()


def text(ring: list[str]) -> str:
    return "\n".join([*ring, "end", ""])


class Operator:
    """
    Makes up rings, and replaces the file in every way that there is.
    """

    def __init__(self, folder: Path, draw: random.Random) -> None:
        self.folder, self.draw = folder, draw
        self.again = draw.randint(2, 4)  # times that the last way is gone
        self.file = folder / "keys"
        self.ring = [self.next_key(), self.next_key()]
        self.file.write_text(text(self.ring))
        long_ago = time.time() - 3600  # the first change is in another second, whoever looks
        os.utime(self.file, (long_ago, long_ago))

    def next_key(self) -> str:
        return self.draw.randbytes(32).hex()

    def next_ring(self) -> list[str]:
        return [self.next_key(), self.ring[0]]

    def move_over(self, ring: list[str], modified: float | None = None) -> None:
        """
        Write another file, and rename it over the one that is there.
        """
        fresh = self.folder / "fresh"
        fresh.write_text(text(ring))
        if modified is not None:
            os.utime(fresh, (modified, modified))
        fresh.replace(self.file)

    def link_over(self, ring: list[str]) -> None:
        """
        Put a link in the file's place: keys -> ..data/keys, ..data -> ..1, as Kubernetes does.
        """
        self.swap("..1", ring)
        link = self.folder / "link"
        link.symlink_to("..data/keys")
        link.replace(self.file)

    def swap(self, name: str, ring: list[str]) -> None:
        """
        Write the ring into a new folder, and let ..data point to it.
        """
        folder = self.folder / name
        folder.mkdir()
        (folder / "keys").write_text(text(ring))
        link = self.folder / "..next"
        link.symlink_to(name)
        link.replace(self.folder / "..data")


class Client:
    """
    Asks for signatures, and knows the keys.
    """

    def __init__(self, service: Process) -> None:
        self.service = service
        # uvicorn closes a connection after an exception, so each request gets its own.
        alone = {"connection": "close"}
        self.http = httpx.Client(base_url=service.url, headers=alone, timeout=5)

    def ask(self, path: str) -> tuple[int, str]:
        """
        Status and text of an answer; status 0 if there is none.
        """
        try:
            answer = self.http.get(path)
        except httpx.TransportError:
            return 0, ""
        return answer.status_code, answer.text

    def signs_with(self, key: str) -> bool:
        return self.ask("/sign/data") == (200, signature(key))

    def verify(self, key: str) -> int:
        return self.ask(f"/verify/data/{signature(key)}")[0]

    def takes_up(self, ring: list[str]) -> bool:
        """
        Wait until the service signs with a ring's first key.
        """
        ended_or_signs = lambda: not self.service.running or self.signs_with(ring[0])  # noqa: E731
        return wait_until(ended_or_signs, SECONDS_TO_TAKE_UP) and self.service.running

    def judge(self, ring: list[str], forged: str) -> list[str]:
        """
        Ask it to sign, to verify, and to verify what was signed with a part of a key.
        """
        status, answer = self.ask("/sign/data")
        signed = GOOD if answer == signature(ring[0]) else WRONG_KEY
        known, unknown = self.verify(ring[1]), self.verify(forged)
        return [
            signed if status == 200 else ERROR,
            {200: GOOD, 401: REFUSED}.get(known, ERROR),
            {200: WRONG_KEY, 401: GOOD}.get(unknown, ERROR),
        ]


class Seen(NamedTuple):
    """
    Which rings were taken up, and what was answered while there was none.
    """

    taken_up: list[str]  # ways
    answers: Counter[str]
    running: bool

    @property
    def missed(self) -> str | None:
        """
        The first way of replacing that was not noticed.
        """
        return next((way for way in WAYS if way not in self.taken_up), None)


class Rotation:
    """
    The script: one replacement after the other, until one of them is not taken up.
    """

    def __init__(self, operator: Operator, client: Client) -> None:
        self.operator, self.client = operator, client
        self.answers: Counter[str] = Counter()

    def hold(self, forged: str) -> None:
        """
        Ask for as long as the file is no whole ring.
        """
        until = time.monotonic() + SECONDS_HELD
        while time.monotonic() < until and self.client.service.running:
            self.answers.update(self.client.judge(self.operator.ring, forged))
            time.sleep(0.02)

    def write_in_place(self, ring: list[str]) -> None:
        with self.operator.file.open("w") as file:
            self.hold("")
            file.write(text(ring)[:40])
            file.flush()
            self.hold(text(ring)[:40])
            file.write(text(ring)[40:])

    def go_and_return(self, ring: list[str]) -> None:
        self.operator.file.unlink()
        self.hold("")
        self.second = int(time.time()) + 1
        self.operator.move_over(ring, modified=self.second + 0.1)

    def swap_again(self, ring: list[str]) -> None:
        for number in range(self.operator.again):
            between = self.operator.next_ring()
            self.operator.swap(f"..again-{number}", between)
            if not self.client.takes_up(between):
                return
        self.operator.swap("..at-last", ring)

    def steps(self) -> dict[str, Callable[[list[str]], None]]:
        operator = self.operator
        actions: list[Callable[[list[str]], None]] = [
            operator.move_over,
            self.write_in_place,
            self.go_and_return,
            lambda ring: operator.move_over(ring, modified=self.second + 0.6),
            lambda ring: operator.move_over(ring, modified=self.second - 3600),
            operator.link_over,
            lambda ring: operator.swap("..2", ring),
            self.swap_again,
        ]
        return dict(zip(WAYS, actions, strict=True))

    def run(self) -> Seen:
        taken_up = []
        self.client.takes_up(self.operator.ring)  # an answer may be kept from the first one on
        for way, replace in self.steps().items():
            ring = self.operator.next_ring()
            replace(ring)
            if not self.client.takes_up(ring):
                break
            self.operator.ring = ring
            taken_up.append(way)
        return Seen(taken_up, self.answers, self.client.service.running)


def start_service(folder: Path, name: str, operator: Operator) -> Process:
    env = {"KEYS_FILE": str(operator.file)}
    command = "uvicorn service:app --port {port} --no-access-log"
    return start(command, ready="/healthz", name=name, cwd=folder, env=env, timeout=15)


LATE = {
    WAYS[0]: Hint(
        "never-reloads",
        f"{SECONDS_TO_TAKE_UP} s after another file was moved over it, the service still signs "
        "with the old key. When does it look at the file for the second time?",
    ),
    WAYS[3]: Hint(
        "looks-at-the-clock",
        "A ring of the same size, half a second younger than the one before, was never taken "
        "up. By what do you tell that a file is another one, and how fine is it?",
    ),
    WAYS[4]: Hint(
        "only-newer",
        "A ring from a file that is an hour older was never taken up: an operator put a backup "
        "back. Is a change always a younger file?",
    ),
    WAYS[6]: Hint(
        "watches-the-link",
        "The link was the same, and what it points to was another: that ring was never taken "
        "up. Do you look at the link, or at what is behind it?",
    ),
    WAYS[7]: Hint(
        "stops-looking",
        "The first swap was taken up, and of those after it one was not. After how many does "
        "the service stop looking, and which does it look at?",
    ),
}


def diagnose(seen: Seen) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    answers = seen.answers
    if not seen.running:
        return Hint(
            "ends-itself",
            f"The service ended after {len(seen.taken_up)} rings, when the file was no whole "
            "ring for a moment. Who was served by that?",
        )
    if answers[WRONG_KEY]:
        return Hint(
            "uses-what-it-finds",
            f"While the file was not whole, {answers[WRONG_KEY]} answers came from a "
            "part of a key. What did parse() say to it?",
        )
    if answers[REFUSED]:
        return Hint(
            "forgets-the-good-ring",
            f"While the file was not whole, {answers[REFUSED]} good signatures were refused. "
            "The service had a good ring a moment before: what became of it?",
        )
    if answers[ERROR]:
        return Hint(
            "fails-on-half",
            f"While the file was not whole, {answers[ERROR]} requests got an error. "
            "What does a request need, the file or a ring?",
        )
    if seen.missed in (WAYS[1], WAYS[2]):  # those that leave no whole file for a moment
        return Hint(
            "gives-up-watching",
            f"The file was “{seen.missed}”, and that ring was never taken up; for a moment no "
            "whole ring was there. By what do you notice a change, and what became of whoever "
            "looks at the file, when that happened?",
        )
    return LATE.get(seen.missed or "")


@pytest.mark.control
def test_control(untouched: Path, tmp_path: Path, seed: int) -> None:
    """The untouched service does not take up a new ring."""
    operator = Operator(tmp_path, random.Random(seed))
    service = start_service(untouched, "untouched", operator)
    client = Client(service)
    old = operator.ring[0]
    client.takes_up(operator.ring)
    operator.move_over(operator.next_ring())
    time.sleep(SECONDS_HELD)
    still = client.signs_with(old)
    service.kill()

    expect(
        still,
        done="a file with a new ring was moved over the old one",
        expected="the old key still signs",
        seen="the old key" if still else "another key",
    )


@pytest.fixture(scope="module")
def seen(attempt: Path, tmp_path_factory: pytest.TempPathFactory, seed: int) -> Seen:
    operator = Operator(tmp_path_factory.mktemp("operator"), random.Random(seed))
    service = start_service(attempt, "yours", operator)
    found = Rotation(operator, Client(service)).run()
    record("yours", None, service)
    service.kill()
    return found


def test_takes_up(seen: Seen) -> None:
    """A new ring is taken up, however the file is replaced."""
    expect(
        seen.missed is None,
        done="the file was replaced: " + "; ".join(WAYS),
        expected=f"each of the {len(WAYS)} rings signs within {SECONDS_TO_TAKE_UP} s",
        seen=f"{len(seen.taken_up)} taken up"
        + (f", then not: {seen.missed}" if seen.missed else ""),
        hint=diagnose(seen),
    )


def test_last_good_ring(seen: Seen) -> None:
    """While the file is empty, half written or missing, the last whole ring is used."""
    kinds = sorted(set(seen.answers) - {GOOD})
    if not seen.answers:
        kinds = ["not tried, because no ring was taken up"]
    expect(
        seen.answers and not kinds,
        done="signatures were asked for while the file was empty, half written, missing",
        expected="all signed and verified with the last whole ring",
        seen="all of them" if not kinds else "also: " + ", ".join(kinds),
        hint=diagnose(seen),
    )


def test_runs_on(seen: Seen) -> None:
    """The service does not end."""
    expect(
        seen.running,
        done="after all that",
        expected="it runs",
        seen="it runs" if seen.running else "it has ended",
        hint=diagnose(seen),
    )
