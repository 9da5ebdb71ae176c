"""
What a check is written with: claims, why they are not met, and customers.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import Process, checks, start, wait_until
from workbench.checks import Answer, Call, Hint, ask, expect, explanation, start_service
from workbench.exercises import messages

pytestmark = pytest.mark.kept_with()

ASKED = 12
SERVICE = """
import asyncio

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = (await receive()).get("body", b"").decode()
    if scope["path"] == "/hangs":
        await receive()
        print("a customer has gone", flush=True)
        return
    headers = dict(scope["headers"])
    text = f"{scope['method']} {body} {headers.get(b'x-key', b'').decode()}"
    await send({"type": "http.response.start", "status": 201, "headers": []})
    await send({"type": "http.response.body", "body": text.encode() + b" \\xff"})
"""


class Seen(NamedTuple):
    misses: int

    @property
    def lost(self) -> int:
        return ASKED - self.misses


@explanation
def opens(seen: Seen) -> Iterator[str]:
    if seen.misses < ASKED:
        yield "opens"
    raise AssertionError("nobody asks for a second key")


@explanation
def says_nothing(seen: Seen) -> Iterator[str]:
    yield from ()


@explanation
def is_wrong(seen: Seen) -> Iterator[str]:
    yield str(seen.misses // 0)


@explanation
def has_no_sentence(seen: Seen) -> Iterator[str]:
    yield "nothing"


@explanation
def has_a_wrong_sentence(seen: Seen) -> Iterator[str]:
    yield "wrong"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[messages.Message]:
    """
    What the check tells.
    """
    told: list[messages.Message] = []
    monkeypatch.setattr(checks, "_tell", told.append)
    return told


@pytest.fixture
def sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A `hints.toml` beside this file.
    """
    file = tmp_path / "hints.toml"
    file.write_text(
        'opens = "{misses} of {ASKED}, {lost} lost"\nwrong = "{mises}"', encoding="utf-8"
    )
    monkeypatch.setattr(Path, "with_name", lambda _path, name: tmp_path / name)


def hint_of(explained: checks.Explanation) -> Hint | None:
    with pytest.raises(checks.Unmet) as unmet:
        expect(False, done="asked", expected="an answer", seen="none", hint=explained)
    return unmet.value.hint


@pytest.mark.usefixtures("sentences")
def test_the_first_key_gives_the_hint() -> None:
    """
    Its sentence has what was seen, properties too, and the check's constants.
    """
    assert hint_of(opens(Seen(3))) == Hint("opens", "3 of 12, 9 lost")


def test_what_is_met_is_not_explained() -> None:
    """
    A mistake in an explanation takes nothing from a right answer.
    """
    expect(True, done="asked", expected="an answer", seen="one", hint=is_wrong(Seen(3)))


@pytest.mark.parametrize(
    ("explain", "why"),
    [
        (is_wrong, "(ZeroDivisionError: "),
        (has_no_sentence, "(KeyError: 'nothing')"),
        (has_a_wrong_sentence, "has no attribute 'mises')"),
    ],
)
@pytest.mark.usefixtures("sentences")
def test_what_cannot_be_explained_is_unmet_all_the_same(
    explain: Callable[[Seen], checks.Explanation], why: str
) -> None:
    """
    The author is told what is wrong, and no answer expects that key.
    """
    hint = hint_of(explain(Seen(3)))

    assert hint
    assert hint.key == "unexplained"
    assert hint.text.startswith("Why it is so, this check can't say")
    assert why in hint.text


def test_what_fits_no_cause_has_no_hint_of_its_own() -> None:
    """
    The verdict then says neutrally what was seen.
    """
    assert hint_of(says_nothing(Seen(3))) is None


def test_two_numbers_say_what_was_expected_and_seen(told: list[messages.Message]) -> None:
    """
    Both texts follow from the numbers.
    """
    expect.equal(5, 5, "calls", done="asked")
    with pytest.raises(checks.Unmet, match="12 calls"):
        expect.equal(12, 5, "calls", done="asked")

    assert told == [
        messages.Facts("asked", "5 calls", "5 calls"),
        messages.Facts("asked", "5 calls", "12 calls"),
    ]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("service")
    (folder / "service.py").write_text(SERVICE, encoding="utf-8")
    with start_service(folder, "asked", env={}) as service:
        yield service


def test_an_answer(service: Process) -> None:
    """
    Method, body and headers arrive; what comes back is read, whatever its bytes.
    """
    answer = ask(service, "/", method="PUT", body="ü", headers={"X-Key": "k"})

    assert answer == Answer(201, "PUT ü k \ufffd")


def test_no_answer(service: Process) -> None:
    """
    Without an answer there is no status, and the text says what happened.
    """
    assert ask(service, "/hangs", timeout=0.2) == Answer(None, "TimeoutError")
    with start("sleep 60", ready=None, name="nobody") as nobody:
        nobody.port = 1
        assert ask(nobody, "/") == Answer(None, "ConnectionRefusedError")


def test_a_customer_waits_or_hangs_up(service: Process) -> None:
    """
    Who has no answer waits; who hangs up is gone for the service; who has one knows its status.
    """
    waits, served = Call(service, "/hangs"), Call(service, "/")

    assert wait_until(served.answered, 10)
    assert (served.status(), waits.answered(), waits.status()) == (201, False, None)
    gone = sum("has gone" in line.text for line in service.log)
    waits.hang_up()
    service.wait_log("a customer has gone", times=gone + 1)
    served.hang_up()


def test_every_worker_is_ready(tmp_path: Path) -> None:
    """
    With several workers, it is ready when the last of them is.
    """
    (tmp_path / "service.py").write_text(SERVICE, encoding="utf-8")
    with start_service(tmp_path, "workers", workers=2) as service:
        began = [line for line in service.log if "Application startup" in line.text]

    assert len(began) == 2
