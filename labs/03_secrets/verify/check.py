"""
Good signatures and all kinds of bad ones, sent to a service with keys and to one with none.
"""

import hmac
import random
import shlex
import sys
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from workbench import start
from workbench.checks import Hint, expect, record

NO_HEADER = "no header"
# Runs beside the service, and calls its verify() with a spy in the place of compare_digest.
SPY = """
import hmac, secrets, sys
def as_text(given):
    return given if isinstance(given, str) else bytes(given).decode("latin-1")
real, calls = hmac.compare_digest, []
def spy(a, b):
    calls.append({as_text(a), as_text(b)})
    return real(a, b)
hmac.compare_digest = secrets.compare_digest = sys.modules["_operator"]._compare_digest = spy
import service
mark, user, stranger, *keys = sys.argv[1:]
signature = service.sign(user, stranger)
service.verify(user, signature, keys)
compared = [{service.sign(user, key), signature} in calls for key in keys]
print(mark, "compared", sum(compared), flush=True)
"""


def signature(user: str, key: str) -> bytes:
    return hmac.digest(key.encode(), user.encode(), "sha256").hex().encode()


class Drawn(NamedTuple):
    """
    What this run sends: signatures, by what is said of them, round after round.
    """

    user: str
    keys: list[str]
    stranger: str  # a key that the service does not have
    good: dict[str, bytes]
    bad: dict[str, bytes]
    rounds: list[list[str]]  # each with all of it, and no header, in another order


@pytest.fixture(scope="module")
def drawn(seed: int) -> Drawn:
    draw = random.Random(seed)
    stranger, *keys = (draw.randbytes(32).hex() for _ in range(draw.randint(4, 6)))
    user, other = ("".join(draw.choices("abcdefghkmnprstuvwxyz", k=8)) for _ in range(2))
    one = signature(user, keys[0])
    at = draw.randint(1, len(one) - 1)
    good = {f"signed with key {n}": signature(user, key) for n, key in enumerate(keys, 1)}
    bad = {
        "signed with another key": signature(user, stranger),
        "signed for another user": signature(other, keys[0]),
        "signed with an empty key": signature(user, ""),
        "an empty header": b"",
        "a part of a signature": one[:at],
        "a signature and a letter": one + b"0",
        "a signature and the byte \\x85": one + b"\x85",
        "a signature and the byte \\xa0": one + b"\xa0",
        "a signature with a space in it": one[:at] + b" " + one[at:],
        "a signature in capitals": one.upper(),
        "the byte \\xe9": b"\xe9",
        "a signature and the byte \\xe9": one + b"\xe9",
    }
    cases = [*good, *bad, NO_HEADER]
    rounds = [draw.sample(cases, len(cases)) for _ in range(draw.randint(2, 4))]
    return Drawn(user, keys, stranger, good, bad, rounds)


class Found(NamedTuple):
    """
    What the service said: the statuses, of all rounds, by what was sent.
    """

    good: dict[str, set[int]]
    bad: dict[str, set[int]]  # also of a request with no header
    without_keys: dict[str, set[int]]
    keys: int
    compared: int  # keys whose signature compare_digest was given, where all had to be tried

    @property
    def refused(self) -> list[str]:
        return [case for case, seen in self.good.items() if seen != {200}]

    @property
    def let_in(self) -> list[str]:
        return [case for case, seen in self.bad.items() if 200 in seen]

    @property
    def failed(self) -> list[str]:
        cases = self.good | self.bad
        return [case for case, seen in cases.items() if max(seen) >= 500]

    @property
    def odd_without_keys(self) -> list[str]:
        return [
            f"{case}: {max(seen - {401})}"
            for case, seen in self.without_keys.items()
            if seen != {401}
        ]


def send_all(folder: Path, name: str, drawn: Drawn, keys: list[str]) -> dict[str, set[int]]:
    """
    Start the service with these keys, and send it all of the signatures, round after round.
    """
    command = "uvicorn service:app --port {port} --no-access-log"
    env = {"SECRET_KEYS": ",".join(keys)}
    service = start(command, ready="/healthz", name=name, cwd=folder, env=env, timeout=20)
    # A connection for each request: after a status 500 the server hangs up.
    limits = httpx.Limits(max_keepalive_connections=0)
    user = {b"x-user": drawn.user.encode()}
    signatures = drawn.good | drawn.bad
    headers = {case: user | {b"x-signature": text} for case, text in signatures.items()}
    headers[NO_HEADER] = user
    statuses: dict[str, set[int]] = {case: set() for case in headers}
    with service, httpx.Client(base_url=service.url, timeout=10, limits=limits) as client:
        for case in chain.from_iterable(drawn.rounds):
            statuses[case].add(client.get("/me", headers=headers[case]).status_code)
    record(name, None, service)
    return statuses


def count_comparisons(folder: Path, drawn: Drawn) -> int:
    mark = drawn.stranger[:8]
    given = shlex.join([mark, drawn.user, drawn.stranger, *drawn.keys])
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(SPY)} {given}"
    line = f"^{mark} compared"
    with start(command, ready=line, name="the spy", cwd=folder, timeout=20) as spy:
        return int(spy.wait_log(line)[0].text.split()[2])


def try_all(folder: Path, name: str, drawn: Drawn) -> Found:
    """
    Ask a service with keys, one with none, and the function itself.
    """
    seen = send_all(folder, name, drawn, drawn.keys)
    return Found(
        good={case: seen[case] for case in drawn.good},
        bad={case: seen[case] for case in (*drawn.bad, NO_HEADER)},
        without_keys=send_all(folder, f"{name}, without keys", drawn, []),
        keys=len(drawn.keys),
        compared=count_comparisons(folder, drawn),
    )


def listed(cases: list[str]) -> str:
    return " · ".join(cases) if cases else "none"


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    causes = [
        (
            len(found.refused) == len(found.good),
            Hint(
                "first-mismatch-decides",
                "Signatures of all keys are refused when there are several. "
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
            "signed with another key" in found.let_in,
            Hint(
                "lets-strangers-in",
                f"Let in: {listed(found.let_in)}. What must a signature be equal to?",
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
            found.compared < found.keys,
            Hint(
                "stops-early",
                f"{found.keys} keys to be tried, and compare_digest was given the signature of "
                f"{found.compared} of them. What compares instead, and where does it stop?",
            ),
        ),
    ]
    return next((hint for seen, hint in causes if seen), None)


@pytest.mark.control
def test_control(untouched: Path, drawn: Drawn) -> None:
    """The untouched service refuses the second key, and fails on an odd byte."""
    seen = send_all(untouched, "untouched", drawn, drawn.keys)
    second, odd = seen["signed with key 2"], seen["the byte \\xe9"]

    expect(
        (second, odd) == ({401}, {500}),
        done="a signature of the second key, and the byte \\xe9",
        expected="401 and 500",
        seen=f"{max(second)} and {max(odd)}",
    )


@pytest.fixture(scope="module")
def found(attempt: Path, drawn: Drawn) -> Found:
    return try_all(attempt, "yours", drawn)


def test_any_key_is_accepted(found: Found) -> None:
    """A signature of any of the keys is accepted."""
    expect(
        not found.refused,
        done=f"a signature of each of {found.keys} keys",
        expected="200 for each",
        seen=f"refused: {listed(found.refused)}",
        hint=diagnose(found),
    )


def test_anything_else_is_refused(found: Found) -> None:
    """Anything else is refused."""
    expect(
        not found.let_in,
        done=f"{len(found.bad)} bad signatures",
        expected="none is let in",
        seen=f"let in: {listed(found.let_in)}",
        hint=diagnose(found),
    )


def test_nothing_makes_it_fail(found: Found) -> None:
    """Whatever is sent, the service doesn't fail."""
    expect(
        not found.failed,
        done=f"{len(found.good) + len(found.bad)} signatures, good and bad, more than once",
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
        found.compared == found.keys,
        done=f"verify() with a signature of none of {found.keys} keys, and a spy",
        expected=f"it was given the signature, and that of each of {found.keys} keys",
        seen=f"that of {found.compared}",
        hint=diagnose(found),
    )
