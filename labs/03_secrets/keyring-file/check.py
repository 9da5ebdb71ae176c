"""
An operator replaces the file of keys in every way that there is, while somebody asks for
signatures.

Three services at once: one has files that are not whole for a while, one has no file for a
while and is then asked nothing for a while, and one has other files.
"""

import codecs
import hashlib
import hmac
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from workbench import Process, start, wait_until
from workbench.checks import expect, explanation, patience, record

SECONDS_TO_TAKE_UP = 3  # "a second or so", on a machine that is busy
SECONDS_HELD = 1.2  # the file is no whole ring for so long: any watcher has looked by then
SECONDS_LONG = 2.6  # ... and so long once: whoever doubles their pauses pauses as long again
SECONDS_AFTER = 1.5  # to take up what comes after that, and what was usual twice
SECONDS_GONE = 4.0
TORN = ("written anew in place", "a key changed in place")
GONE = ("gone, and then back",)
UNASKED = ("all keys new, while nobody asks",)
TURNED = ("the same keys, the other one first",)
OTHER = (
    "another file moved over it",
    "its folder swapped",
    "the same size in the same second",
    "an older file put back",
    "a symbolic link moved over it",
    "the directory behind the link swapped",
    "swapped again and again",
)
WAYS = (*TORN, *GONE, *UNASKED, *TURNED, *OTHER)
GOOD, WRONG_KEY, REFUSED, ERROR, RETIRED = (
    "good",
    "another key",
    "refused",
    "error",
    "a key that is no longer there",
)
LETTERS = "äéñöøßç"  # two bytes each, and a file can end between them


def signature(key: str) -> str:
    return hmac.new(key.encode(), b"data", hashlib.sha256).hexdigest()


def text(ring: list[str]) -> str:
    return "\n".join([*ring, "end", ""])


class Operator:
    """
    Makes up rings, and replaces the file in every way that there is.
    """

    def __init__(self, folder: Path, draw: random.Random) -> None:
        self.draw = draw
        self.again = draw.randint(2, 4)  # times that the last way is gone
        self.mounted = folder / "mounted"
        self.mount("first")
        self.ring = [self.next_key(), self.next_key()]
        self.file.write_text(text(self.ring), encoding="utf-8")
        long_ago = time.time() - 3600  # the first change is in another second, whoever looks
        os.utime(self.file, (long_ago, long_ago))

    @property
    def file(self) -> Path:
        return self.mounted / "keys"

    @property
    def folder(self) -> Path:
        return self.mounted.resolve()

    def next_key(self) -> str:
        """
        With a letter of two bytes in its first half.
        """
        key, at = self.draw.randbytes(32).hex(), self.draw.randint(8, 24)
        return key[:at] + self.draw.choice(LETTERS) + key[at:]

    def next_ring(self) -> list[str]:
        return [self.next_key(), self.ring[0]]

    def forget_readings(self) -> None:
        """
        The file was last read in 1970, before it was last written: the next time is noted.
        """
        os.utime(self.file, (0, time.time()))

    def was_read(self) -> bool:
        return self.file.stat().st_atime > 0

    def mount(self, name: str, ring: list[str] | None = None) -> None:
        """
        Let the folder of the file be another one; a file in it is from another second.
        """
        folder = self.mounted.parent / name
        folder.mkdir()
        if ring:
            (folder / "keys").write_text(text(ring), encoding="utf-8")
            soon = time.time() + 2
            os.utime(folder / "keys", (soon, soon))
        link = self.mounted.parent / "link"
        link.symlink_to(name)
        link.replace(self.mounted)

    def move_over(self, ring: list[str], modified: float | None = None) -> None:
        """
        Write another file, and rename it over the one that is there.
        """
        fresh = self.folder / "fresh"
        fresh.write_text(text(ring), encoding="utf-8")
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
        (folder / "keys").write_text(text(ring), encoding="utf-8")
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

    def takes_up(self, ring: list[str], within: float = SECONDS_TO_TAKE_UP) -> bool:
        """
        Wait until the service signs with a ring's first key, and knows its last.
        """

        def is_over() -> bool:
            knows = self.signs_with(ring[0]) and self.verify(ring[-1]) == 200
            return knows or not self.service.running

        return wait_until(is_over, within) and self.service.running

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

    @property
    def rings(self) -> int:
        return len(self.taken_up)

    @property
    def with_a_part(self) -> int:
        return self.answers[WRONG_KEY]

    @property
    def refused(self) -> int:
        return self.answers[REFUSED]

    @property
    def errors(self) -> int:
        return self.answers[ERROR]

    @property
    def retired(self) -> int:
        return self.answers[RETIRED]


class Rotation:
    """
    A script: one replacement after the other, until one of them is not taken up.
    """

    def __init__(self, operator: Operator, client: Client) -> None:
        self.operator, self.client = operator, client
        self.answers: Counter[str] = Counter()
        self.patience = patience()  # one for all, since these times are compared

    def hold(self, forged: str, seconds: float = SECONDS_HELD) -> None:
        """
        Ask for as long as the file is no whole ring.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.client.service.running:
            self.answers.update(self.client.judge(self.operator.ring, forged))
            time.sleep(0.02)

    def hold_until_read(self, forged: str) -> None:
        """
        Ask for long, and on to the moment at which somebody has just read the file.

        By the time of its last reading, where the file system keeps one.
        """
        self.hold(forged, SECONDS_LONG * self.patience)
        self.operator.forget_readings()
        wait_until(self.operator.was_read, SECONDS_LONG)

    def write_in_place(self, ring: list[str]) -> None:
        """
        Nothing for a while, then half a key that ends in the middle of a letter.
        """
        whole = text(ring).encode()
        torn = next(at for at, byte in enumerate(whole) if byte > 127) + 1
        with self.operator.file.open("wb", buffering=0) as file:
            self.hold("")
            file.write(whole[:torn])
            self.hold_until_read(codecs.decode(whole[:torn], "utf-8", "ignore"))
            file.write(whole[torn:])

    def change_in_place(self, ring: list[str]) -> None:
        """
        The current key stays; of the one behind it there is half for a while.
        """
        half = ring[-1][: len(ring[-1]) // 2]
        with self.operator.file.open("w", encoding="utf-8") as file:
            file.write(f"{ring[0]}\n{half}")
            file.flush()
            self.hold(half)
            file.write(text(ring).removeprefix(f"{ring[0]}\n{half}"))

    def go_and_return(self, ring: list[str]) -> None:
        self.operator.file.unlink()
        self.hold("", SECONDS_GONE * self.patience)
        self.operator.move_over(ring)

    def come_unasked(self, ring: list[str]) -> None:
        """
        Nobody asks until it must have been taken up; then what the key signed that is gone.
        """
        before = self.operator.ring[0]
        # In another second than the file before it: that is another way.
        self.operator.move_over(ring, modified=self.operator.file.stat().st_mtime + 2)
        time.sleep(SECONDS_TO_TAKE_UP * self.patience)
        if self.client.verify(before) == 200:
            self.answers[RETIRED] += 1

    def swap_again(self, ring: list[str]) -> None:
        for number in range(self.operator.again):
            between = self.operator.next_ring()
            self.operator.swap(f"..again-{number}", between)
            if not self.client.takes_up(between):
                return
        self.operator.swap("..at-last", ring)

    def move_in_the_same_second(self, ring: list[str]) -> None:
        """
        Two files of the same size, half a second after one another.
        """
        second = int(self.operator.file.stat().st_mtime) + 1  # both are younger than that one
        between = self.operator.next_ring()
        self.operator.move_over(between, modified=second + 0.1)
        self.client.takes_up(between)
        self.operator.move_over(ring, modified=second + 0.6)

    def steps(self) -> dict[str, Callable[[list[str]], None]]:
        operator = self.operator
        actions: list[Callable[[list[str]], None]] = [
            self.write_in_place,
            self.change_in_place,
            self.go_and_return,
            self.come_unasked,
            operator.move_over,
            operator.move_over,
            lambda ring: operator.mount("second", ring),
            self.move_in_the_same_second,
            lambda ring: operator.move_over(ring, modified=time.time() - 3600),
            operator.link_over,
            lambda ring: operator.swap("..2", ring),
            self.swap_again,
        ]
        return dict(zip(WAYS, actions, strict=True))

    def usual(self) -> float | None:
        """
        Seconds in which it takes up a ring that comes without a gap, if it does.
        """
        ring = self.operator.next_ring()
        self.operator.move_over(ring)
        began = time.monotonic()
        if not self.client.takes_up(ring):
            return None
        self.operator.ring = ring
        return time.monotonic() - began

    def takes_up_soon(self, ring: list[str], usual: float) -> bool:
        """
        Whether it does not pause for as long as there was no whole ring.
        """
        until = time.monotonic() + SECONDS_AFTER * self.patience + 2 * usual
        while time.monotonic() < until:
            if self.client.takes_up(ring, 0):
                return True
            time.sleep(0.02)
        return False

    def run(self, ways: tuple[str, ...]) -> Seen:
        taken_up: list[str] = []
        self.client.takes_up(self.operator.ring)  # an answer may be kept from the first one on
        usual = 0.0 if ways == OTHER else self.usual()
        if usual is None:
            return Seen(taken_up, self.answers, self.client.service.running)
        steps = self.steps()
        for way in ways:
            old, ring = self.operator.ring, self.operator.next_ring()
            if way == TORN[1]:
                ring = [old[0], self.operator.next_key()]
            if way in UNASKED:
                ring = [self.operator.next_key(), self.operator.next_key()]
            if way in TURNED:
                ring = old[::-1]
            steps[way](ring)
            if way in (TORN[0], *GONE):
                is_taken_up = self.takes_up_soon(ring, usual)
            else:
                is_taken_up = self.client.takes_up(ring)
            if not is_taken_up:
                break
            taken_up.append(way)
            self.operator.ring = ring
            if old[1] not in ring and self.client.verify(old[1]) == 200:
                self.answers[RETIRED] += 1
        return Seen(taken_up, self.answers, self.client.service.running)


def start_service(folder: Path, name: str, operator: Operator) -> Process:
    env = {"KEYS_FILE": str(operator.file)}
    command = "uvicorn service:app --port {port} --no-access-log"
    return start(command, ready="/healthz", name=name, cwd=folder, env=env, timeout=15)


@explanation
def explain(seen: Seen) -> Iterator[str]:
    if not seen.running:
        yield "ends-itself"
    if seen.with_a_part:
        yield "uses-what-it-finds"
    if seen.refused:
        yield "forgets-the-good-ring"
    if seen.errors:
        yield "fails-on-half"
    if not seen.taken_up or seen.missed == OTHER[0]:
        yield "never-reloads"
    if seen.retired:
        yield "keeps-the-retired"
    if seen.missed in (*TORN, *GONE):  # those that leave no whole file for a moment
        yield "gives-up-watching"
    yield from explain_missed(seen)


def explain_missed(seen: Seen) -> Iterator[str]:
    """
    By what it looks for a change, if one way of replacing the file was not noticed.
    """
    if seen.missed in TURNED:
        yield "forgets-the-order"
    if seen.missed == OTHER[1]:
        yield "knows-one-folder"
    if seen.missed == OTHER[2]:
        yield "looks-at-the-clock"
    if seen.missed == OTHER[3]:
        yield "only-newer"
    if seen.missed == OTHER[5]:
        yield "watches-the-link"
    if seen.missed == OTHER[6]:
        yield "stops-looking"


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
    def run(name: str, ways: tuple[str, ...], operator: Operator) -> Seen:
        service = start_service(attempt, name, operator)
        found = Rotation(operator, Client(service)).run(ways)
        record(name, None, service)
        service.kill()
        return found

    parts = {
        "yours, with files that are not whole": TORN,
        "yours, with no file": (*GONE, *UNASKED, *TURNED),
        "yours, with other files": OTHER,
    }
    operators = [
        Operator(tmp_path_factory.mktemp("operator"), random.Random(f"{seed} {name}"))
        for name in parts
    ]
    with ThreadPoolExecutor() as together:
        runs = list(together.map(run, parts, parts.values(), operators))
    return Seen(
        [way for seen in runs for way in seen.taken_up],
        sum((seen.answers for seen in runs), Counter()),
        all(seen.running for seen in runs),
    )


def test_takes_up(seen: Seen) -> None:
    """A new ring is taken up, however the file is replaced."""
    expect(
        seen.missed is None,
        done="the file was replaced: " + "; ".join(WAYS),
        expected=f"each of the {len(WAYS)} rings is used within {SECONDS_TO_TAKE_UP} s",
        seen=f"{seen.rings} taken up" + (f", and not: {seen.missed}" if seen.missed else ""),
        hint=explain(seen),
    )


def test_last_good_ring(seen: Seen) -> None:
    """While the file is empty, half written or missing, the last whole ring is used."""
    kinds = sorted(set(seen.answers) - {GOOD, RETIRED})
    if not seen.answers[GOOD]:
        kinds = ["not tried, because no ring was taken up"]
    expect(
        not kinds,
        done="signatures were asked for while the file was empty, half written, missing",
        expected="all signed and verified with the last whole ring",
        seen="all of them" if not kinds else "also: " + ", ".join(kinds),
        hint=explain(seen),
    )


def test_no_other_key(seen: Seen) -> None:
    """A key that is no longer in the file verifies nothing."""
    expect(
        not seen.retired,
        done="after each new ring, a signature by a key that it lacks",
        expected="401",
        seen=f"200 after {seen.retired} of {seen.rings} rings" if seen.retired else "401",
        hint=explain(seen),
    )


def test_runs_on(seen: Seen) -> None:
    """The service does not end."""
    expect(
        seen.running,
        done="after all that",
        expected="it runs",
        seen="it runs" if seen.running else "it has ended",
        hint=explain(seen),
    )
