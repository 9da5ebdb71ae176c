"""
Good signatures and all kinds of bad ones, sent to a service with two keys and to one with none.
"""

import hmac
import secrets
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from workbench import start
from workbench.checks import Hint, expect, record

NEW, OLD, STRANGE = (secrets.token_hex(32) for _ in range(3))  # made for this run

# Runs beside the service, and calls its verify() with a spy in the place of compare_digest.
SPY = f"""
import hmac, secrets, sys
real, calls = hmac.compare_digest, []
def spy(a, b):
    calls.append(1)
    return real(a, b)
hmac.compare_digest = secrets.compare_digest = sys.modules["_operator"]._compare_digest = spy
import service
signature = service.sign("anna", {STRANGE!r})
service.verify("anna", signature, [{NEW!r}, {OLD!r}])
print("compared", len(calls), flush=True)
"""


def signature(user: str, key: str) -> bytes:
    return hmac.digest(key.encode(), user.encode(), "sha256").hex().encode()


GOOD = {
    "signed with the first key": signature("anna", NEW),
    "signed with the second key": signature("anna", OLD),
}
BAD = {
    "signed with another key": signature("anna", STRANGE),
    "signed for another user": signature("ben", NEW),
    "signed with an empty key": signature("anna", ""),
    "an empty header": b"",
    "half a signature": signature("anna", NEW)[:32],
    "a signature and a letter": signature("anna", NEW) + b"0",
    "the byte é": b"\xe9",
    "a signature and the byte é": signature("anna", NEW) + b"\xe9",
}


class Found(NamedTuple):
    """
    What the service said: the status by what was sent.
    """

    good: dict[str, int]
    bad: dict[str, int]
    no_header: int
    without_keys: dict[str, int]
    compared: int  # calls of compare_digest, where two keys had to be tried

    @property
    def refused(self) -> list[str]:
        return [case for case, status in self.good.items() if status != 200]

    @property
    def let_in(self) -> list[str]:
        cases = self.bad | {"no header": self.no_header}
        return [case for case, status in cases.items() if status == 200]

    @property
    def failed(self) -> list[str]:
        cases = self.good | self.bad | {"no header": self.no_header}
        return [case for case, status in cases.items() if status >= 500]

    @property
    def odd_without_keys(self) -> list[str]:
        return [
            f"{case}: {status}" for case, status in self.without_keys.items() if status != 401
        ]


def send_all(folder: Path, keys: str, cases: dict[str, bytes], name: str) -> dict[str, int]:
    """
    Start the service with these keys, and send it all of these signatures.
    """
    command = "uvicorn service:app --port {port} --no-access-log"
    env = {"SECRET_KEYS": keys}
    service = start(command, ready="/healthz", name=name, cwd=folder, env=env, timeout=20)
    # A connection for each request: after a status 500 the server hangs up.
    limits = httpx.Limits(max_keepalive_connections=0)
    with service, httpx.Client(base_url=service.url, timeout=10, limits=limits) as client:
        answers = {
            case: client.get("/me", headers={b"x-user": b"anna", b"x-signature": text})
            for case, text in cases.items()
        }
        answers["no header"] = client.get("/me", headers={"x-user": "anna"})
    record(name, None, service)
    return {case: answer.status_code for case, answer in answers.items()}


def count_comparisons(folder: Path) -> int:
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(SPY)}"
    with start(command, ready="^compared", name="the spy", cwd=folder, timeout=20) as spy:
        return int(spy.wait_log("^compared")[0].text.split()[1])


def try_all(folder: Path, name: str) -> Found:
    """
    Ask a service with two keys, one with none, and the function itself.
    """
    seen = send_all(folder, f"{NEW},{OLD}", GOOD | BAD, name)
    return Found(
        good={case: seen[case] for case in GOOD},
        bad={case: seen[case] for case in BAD},
        no_header=seen["no header"],
        without_keys=send_all(folder, "", GOOD | BAD, f"{name}, without keys"),
        compared=count_comparisons(folder),
    )


def listed(cases: list[str]) -> str:
    return " · ".join(cases) if cases else "none"


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    causes = [
        (
            len(found.refused) == len(GOOD),
            Hint(
                "first-mismatch-decides",
                "Signatures of both keys are refused when there are two. "
                "How many of the keys must fit, and when do you know that none does?",
            ),
        ),
        (
            found.refused,
            Hint(
                "only-one-key",
                f"Refused: {listed(found.refused)}. "
                "Which keys have been tried when you say no?",
            ),
        ),
        (
            found.failed,
            Hint(
                "raises",
                f"Status 500 for: {listed(found.failed)}. "
                "What do your functions take, and what may stand in a header?",
            ),
        ),
        (
            found.let_in,
            Hint(
                "loses-bytes",
                f"Let in: {listed(found.let_in)}. "
                "What has become of the rest of it before you compare?",
            ),
        ),
        (
            found.odd_without_keys,
            Hint(
                "no-keys",
                f"Without any key, it answered {listed(found.odd_without_keys[:3])}. "
                "What does your function say when there is nothing to go through?",
            ),
        ),
        (
            not found.compared,
            Hint(
                "stops-early",
                f"Two keys to be tried, and {found.compared} calls of compare_digest. "
                "What compares in its place, and where does that stop?",
            ),
        ),
    ]
    return next((hint for seen, hint in causes if seen), None)


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """The untouched service refuses the second key, and fails on an odd byte."""
    seen = send_all(untouched, f"{NEW},{OLD}", GOOD | BAD, "untouched")
    second, odd = seen["signed with the second key"], seen["the byte é"]

    expect(
        (second, odd) == (401, 500),
        done="a signature of the second key, and the byte é",
        expected="401 and 500",
        seen=f"{second} and {odd}",
    )


@pytest.fixture(scope="module")
def found(attempt: Path) -> Found:
    return try_all(attempt, "yours")


def test_any_key_is_accepted(found: Found) -> None:
    """A signature of any of the keys is accepted."""
    expect(
        not found.refused,
        done="signatures of the first and of the second key",
        expected="200 for both",
        seen=f"refused: {listed(found.refused)}",
        hint=diagnose(found),
    )


def test_anything_else_is_refused(found: Found) -> None:
    """Anything else is refused."""
    expect(
        not found.let_in,
        done=f"{len(BAD) + 1} bad signatures",
        expected="none is let in",
        seen=f"let in: {listed(found.let_in)}",
        hint=diagnose(found),
    )


def test_nothing_makes_it_fail(found: Found) -> None:
    """Whatever is sent, the service doesn't fail."""
    expect(
        not found.failed,
        done=f"{len(GOOD) + len(BAD) + 1} signatures, good and bad",
        expected="no status 500",
        seen=f"500 for: {listed(found.failed)}",
        hint=diagnose(found),
    )


def test_without_keys_nobody_is_let_in(found: Found) -> None:
    """Without any key, everybody gets a 401."""
    expect(
        not found.odd_without_keys,
        done="the same signatures, to a service with no keys",
        expected="401 for each",
        seen=f"not so: {listed(found.odd_without_keys)}",
        hint=diagnose(found),
    )


def test_compares_in_constant_time(found: Found) -> None:
    """Signatures are compared by compare_digest."""
    expect(
        found.compared > 0,
        done="verify() with a signature of neither of two keys, and a spy as compare_digest",
        expected="it was called",
        seen="it was called" if found.compared > 0 else "it was not called",
        hint=diagnose(found),
    )
