"""
Good tokens and all kinds of bad ones, sent to a service with keys and to one with none.
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
STRANGER, PARTNER = "signed with a key of nobody", "signed with another partner's key"
OTHERS = "for another service"
BEGINS, SHORTER = "for a service whose name begins alike", "for one whose name is shorter"
CAPITALS = "for the service in capitals"
LISTED = "for services with a comma between, this one among them"
UNKNOWN = "of an id that nobody has"
UNNAMED = "of no id, signed with an empty key"
ODD = "the byte \\xe9"
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
mark, user, audience, stranger, *pairs = sys.argv[1:]
keys = dict(pair.split(":") for pair in pairs)
compared = 0
for key_id, key in keys.items():
    data = f"{user}.{key_id}.{audience}"
    signature = service.sign(data, stranger)
    service.verify(f"{data}.{signature}", keys, audience)
    compared += {service.sign(data, key), signature} in calls
token = f"{data}.{service.sign(data, key)}"
def ask(*given):
    try:
        return service.verify(token, *given)
    except Exception as error:
        return error
asked = [
    (keys, audience, user),
    ({**keys, key_id: stranger}, audience, None),
    (keys, audience, user),
    (keys, audience + "s", None),
    ({}, audience, None),
    (keys, audience, user),
]
stale = sum(ask(*given) != right for *given, right in asked)
print(mark, "compared", compared, stale, flush=True)
"""


def token(data: str, key: str) -> bytes:
    return f"{data}.{hmac.digest(key.encode(), data.encode(), 'sha256').hex()}".encode()


class Drawn(NamedTuple):
    """
    What this run sends: tokens, by what is said of them, round after round.
    """

    user: str
    audience: str
    keys: dict[str, str]  # by their ids
    stranger: str  # a key that the service does not have
    good: dict[str, bytes]
    bad: dict[str, bytes]
    rounds: list[list[str]]  # each with all of it, and no header, in another order


@pytest.fixture(scope="module")
def drawn(seed: int) -> Drawn:
    draw = random.Random(seed)

    def name() -> str:
        return "".join(draw.choices("abcdefghkmnprstuvwxyz", k=8))

    user, other, audience, bank, unknown = (name() for _ in range(5))
    stranger = draw.randbytes(32).hex()
    keys = {name(): draw.randbytes(32).hex() for _ in range(draw.randint(3, 5))}
    one, another = draw.sample(list(keys), 2)
    mine = f"{user}.{one}.{audience}"
    right = token(mine, keys[one])
    data, _, signature = right.rpartition(b".")
    at = draw.randint(1, len(signature) - 1)
    good = {
        f"of partner {n}": token(f"{user}.{key_id}.{audience}", key)
        for n, (key_id, key) in enumerate(keys.items(), 1)
    }
    bad = {
        STRANGER: token(mine, stranger),
        PARTNER: token(mine, keys[another]),
        UNKNOWN: token(f"{user}.{unknown}.{audience}", keys[one]),
        UNNAMED: token(f"{user}..{audience}", ""),
        OTHERS: token(f"{user}.{one}.{bank}", keys[one]),
        BEGINS: token(f"{user}.{one}.{audience}s", keys[one]),
        SHORTER: token(f"{user}.{one}.{audience[:-1]}", keys[one]),
        CAPITALS: token(f"{user}.{one}.{audience.upper()}", keys[one]),
        LISTED: token(f"{user}.{one}.{bank},{audience}", keys[one]),
        "for no service": token(f"{user}.{one}.", keys[one]),
        "with another user's name": b".".join([other.encode(), *right.split(b".")[1:]]),
        "with another partner's id": right.replace(one.encode(), another.encode()),
        "of five parts, and signed": token(f"{mine}.more", keys[one]),
        "of five parts, the first too many": token(f"{name()}.{mine}", keys[one]),
        "of six parts, two of them empty": token(f"..{mine}", keys[one]),
        "of three parts, and signed": token(f"{user}.{one}", keys[one]),
        "of three parts, for the service": token(f"{one}.{audience}", keys[one]),
        "an empty header": b"",
        "without a signature": data,
        "with an empty signature": data + b".",
        "with a part of its signature": data + b"." + signature[:at],
        "with a letter behind it": right + b"0",
        "with the byte \\x85 behind it": right + b"\x85",
        "with the byte \\xa0 behind it": right + b"\xa0",
        "with a space in its signature": data + b"." + signature[:at] + b" " + signature[at:],
        "with its signature in capitals": data + b"." + signature.upper(),
        ODD: b"\xe9",
        "with the byte \\xe9 in its audience": f"{user}.{one}.{audience}".encode()
        + b"\xe9."
        + signature,
        "with the byte \\xe9 in its id": f"{user}.{one}".encode()
        + f"\xe9.{audience}.".encode("latin-1")
        + signature,
        "with the byte \\xe9 in its user's name": b"\xe9" + right,
        "with the byte \\xe9 for each letter of its signature": data + b"." + b"\xe9" * 64,
        "with the byte \\xe9 in its signature": data
        + b"."
        + signature[:at]
        + b"\xe9"
        + signature[at + 1 :],
        "with the byte \\xe9 behind it": right + b"\xe9",
    }
    cases = [*good, *bad, NO_HEADER]
    rounds = [draw.sample(cases, len(cases)) for _ in range(draw.randint(2, 4))]
    return Drawn(user, audience, keys, stranger, good, bad, rounds)


class Found(NamedTuple):
    """
    What the service said: the statuses, of all rounds, by what was sent.
    """

    good: dict[str, set[int]]
    bad: dict[str, set[int]]  # also of a request with no header
    without_keys: dict[str, set[int]]
    keys: int
    compared: int  # keys whose signature compare_digest was given, where all had to be tried
    stale: int  # answers of verify() to one token that other keys or audiences would explain

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


def send_all(
    folder: Path, name: str, drawn: Drawn, keys: dict[str, str]
) -> dict[str, set[int]]:
    """
    Start the service with these keys, and send it all of the tokens, round after round.
    """
    command = "uvicorn service:app --port {port} --no-access-log"
    pairs = (f"{key_id}:{key}" for key_id, key in keys.items())
    env = {"SECRET_KEYS": ",".join(pairs), "AUDIENCE": drawn.audience}
    service = start(command, ready="/healthz", name=name, cwd=folder, env=env, timeout=20)
    # A connection for each request: after a status 500 the server hangs up.
    limits = httpx.Limits(max_keepalive_connections=0)
    tokens = drawn.good | drawn.bad
    headers = {case: {b"authorization": text} for case, text in tokens.items()}
    headers[NO_HEADER] = {}
    statuses: dict[str, set[int]] = {case: set() for case in headers}
    with service, httpx.Client(base_url=service.url, timeout=10, limits=limits) as client:
        for case in chain.from_iterable(drawn.rounds):
            statuses[case].add(client.get("/me", headers=headers[case]).status_code)
    record(name, None, service)
    return statuses


def call_verify(folder: Path, drawn: Drawn) -> tuple[int, int]:
    """
    Keys of which compare_digest was given the signature, and answers that are not today's.
    """
    mark = drawn.stranger[:8]
    pairs = [f"{key_id}:{key}" for key_id, key in drawn.keys.items()]
    given = shlex.join([mark, drawn.user, drawn.audience, drawn.stranger, *pairs])
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(SPY)} {given}"
    line = f"^{mark} compared"
    with start(command, ready=line, name="the spy", cwd=folder, timeout=20) as spy:
        _, _, compared, stale = spy.wait_log(line)[0].text.split()
        return int(compared), int(stale)


def try_all(folder: Path, name: str, drawn: Drawn) -> Found:
    """
    Ask a service with keys, one with none, and the function itself.
    """
    seen = send_all(folder, name, drawn, drawn.keys)
    compared, stale = call_verify(folder, drawn)
    return Found(
        good={case: seen[case] for case in drawn.good},
        bad={case: seen[case] for case in (*drawn.bad, NO_HEADER)},
        without_keys=send_all(folder, f"{name}, without keys", drawn, {}),
        keys=len(drawn.keys),
        compared=compared,
        stale=stale,
    )


def listed(cases: list[str]) -> str:
    return " · ".join(cases) if cases else "none"


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    causes = [
        (
            found.refused,
            Hint(
                "only-one-key",
                f"Refused: {listed(found.refused)}. Whose key have you tried when you say no?",
            ),
        ),
        (
            STRANGER in found.let_in,
            Hint(
                "lets-strangers-in",
                f"Let in: {listed(found.let_in)}. What must a signature be equal to?",
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
            OTHERS in found.let_in,
            Hint(
                "meant-for-others",
                f"Let in: {listed(found.let_in)}. "
                "Its signature is good: for whom was it made, and where does it say so?",
            ),
        ),
        (
            {BEGINS, SHORTER, CAPITALS, LISTED} & set(found.let_in),
            Hint(
                "nearly-this-service",
                f"Let in: {listed(found.let_in)}. When are two names the same?",
            ),
        ),
        (
            UNNAMED in found.let_in,
            Hint(
                "nobodys-key",
                f"Let in: {listed(found.let_in)}. What is the key of an id that nobody has?",
            ),
        ),
        (
            {PARTNER, UNKNOWN} & set(found.let_in),
            Hint(
                "any-key-will-do",
                f"Let in: {listed(found.let_in)}. "
                "For which users may a partner speak who has a key?",
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
                "What does your function say when there is no key to ask?",
            ),
        ),
        (
            found.compared < found.keys,
            Hint(
                "stops-early",
                f"{found.keys} keys were named, and compare_digest was given the signature of "
                f"{found.compared} of them. What compares instead, and where does it stop?",
            ),
        ),
        (
            found.stale,
            Hint(
                "remembers",
                "verify() was asked for one token with its key, with another key, for another "
                f"service, with no keys, and between them with its own again: {found.stale} of "
                "the six answers were not right. What does it know that it was not told now?",
            ),
        ),
    ]
    return next((hint for seen, hint in causes if seen), None)


@pytest.mark.control
def test_control(untouched: Path, drawn: Drawn) -> None:
    """The untouched service refuses the second partner, and fails on an odd byte."""
    seen = send_all(untouched, "untouched", drawn, drawn.keys)
    second, odd = seen["of partner 2"], seen[ODD]

    expect(
        (second, odd) == ({401}, {500}),
        done="a token of the second partner, and the byte \\xe9",
        expected="401 and 500",
        seen=f"{max(second)} and {max(odd)}",
    )


@pytest.fixture(scope="module")
def found(attempt: Path, drawn: Drawn) -> Found:
    return try_all(attempt, "yours", drawn)


def test_every_partner_is_believed(found: Found) -> None:
    """A token of each of the partners is believed."""
    expect(
        not found.refused,
        done=f"a token of each of {found.keys} partners",
        expected="200 for each",
        seen=f"refused: {listed(found.refused)}",
        hint=diagnose(found),
    )


def test_anything_else_is_refused(found: Found) -> None:
    """Anything else is refused."""
    expect(
        not found.let_in,
        done=f"{len(found.bad)} bad tokens",
        expected="none is let in",
        seen=f"let in: {listed(found.let_in)}",
        hint=diagnose(found),
    )


def test_nothing_makes_it_fail(found: Found) -> None:
    """Whatever is sent, the service doesn't fail."""
    expect(
        not found.failed,
        done=f"{len(found.good) + len(found.bad)} tokens, good and bad, more than once",
        expected="no status 500",
        seen=f"500 for: {listed(found.failed)}",
        hint=diagnose(found),
    )


def test_without_keys_nobody_is_let_in(found: Found) -> None:
    """Without any key, everybody gets a 401."""
    expect(
        not found.odd_without_keys,
        done="the same tokens, to a service with no keys",
        expected="401 for each",
        seen=f"not so: {listed(found.odd_without_keys)}",
        hint=diagnose(found),
    )


def test_compares_in_constant_time(found: Found) -> None:
    """Signatures are compared by compare_digest."""
    expect(
        found.compared == found.keys,
        done=f"verify() with each of {found.keys} ids, a signature of none, and a spy",
        expected=f"it was given that signature, and the one of each of {found.keys} keys",
        seen=f"that of {found.compared}",
        hint=diagnose(found),
    )


def test_depends_on_what_it_is_given(found: Found) -> None:
    """What verify() says depends on the keys and the audience that it is given."""
    expect(
        not found.stale,
        done="one token, with its key, with another, with none, and for another service",
        expected="believed with its key, each time, and else never",
        seen=f"{found.stale} of six answers were others" if found.stale else "so",
        hint=diagnose(found),
    )
