"""
A plan for a rotation: first on paper, then on three instances under load.
"""

import random
import threading
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from workbench import Process, start, wait_until
from workbench.checks import Hint, expect, record

INSTANCES, USERS, VISITORS = 3, 40, 4
MAX_AGE = 3.0  # seconds
NAMES = ("K1", "K2")  # of the keys, in a plan
BEGIN, END = ("K1",), ("K2",)
MOST_STEPS = 6
MOST_SECONDS = 10.0  # of waiting


class Step(NamedTuple):
    """
    What all instances get, and how long they keep it at least.
    """

    keys: tuple[str, ...]
    wait: float

    def __str__(self) -> str:
        return ",".join(self.keys)


class Fault(NamedTuple):
    """
    A token that is refused: by whose key, by which configuration, and how old it is.
    """

    issuer: Step
    verifier: Step
    step: int  # in which it happens, counted from 1
    together: bool  # the issuer is still there, beside the verifier
    replaced: bool  # … and refuses the other's tokens, too
    age: float

    def __str__(self) -> str:
        return (
            f"in step {self.step} an instance with {self.verifier}"
            f" refuses a token of one with {self.issuer}"
        )


def read_plan(folder: Path) -> list[Step]:
    """
    The steps of a plan, the beginning among them; none, if it can't be read as a plan.
    """
    try:
        found = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))["step"]
        steps = [Step(tuple(step["keys"]), float(step.get("wait", 0))) for step in found]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    known = all(
        step.keys and set(step.keys) <= set(NAMES) and 0 <= step.wait <= MOST_SECONDS
        for step in steps
    )
    known = known and sum(step.wait for step in steps) <= MOST_SECONDS
    return [Step(BEGIN, 0), *steps] if known and len(steps) <= MOST_STEPS else []


def states(plan: list[Step]) -> Iterator[tuple[int, float, list[Step]]]:
    """
    Every mix of instances: the step, when it begins, and what each instance has.

    To roll a step out takes no time here, which is the worst that can happen.
    """
    now = 0.0
    for number, (old, new) in enumerate(pairwise(plan), 1):
        now += old.wait
        for done in range(1, INSTANCES + 1):
            yield number, now, [new] * done + [old] * (INSTANCES - done)


def find_fault(plan: list[Step]) -> Fault | None:
    """
    The first token that is younger than MAX_AGE and is refused by somebody.
    """
    last_signed: dict[Step, float] = {}
    for number, now, fleet in states(plan):
        # An instance signs up to the moment in which it is replaced.
        for step in (*fleet, plan[number - 1]):
            last_signed[step] = now
        for issuer, then in last_signed.items():
            for verifier in fleet:
                if issuer.keys[0] not in verifier.keys and now - then < MAX_AGE:
                    together = issuer in fleet
                    mutual = verifier.keys[0] not in issuer.keys
                    return Fault(issuer, verifier, number, together, mutual, now - then)
    return None


def draw_keys(draw: random.Random) -> dict[str, str]:
    return {name: draw.randbytes(32).hex() for name in NAMES}


def start_instance(
    folder: Path, keys: dict[str, str], names: tuple[str, ...], title: str
) -> Process:
    raw = ",".join(keys[name] for name in names)
    return start(
        "uvicorn service:app --port {port} --no-access-log",
        ready=None,
        name=title,
        cwd=folder,
        env={"SECRET_KEYS": raw, "MAX_AGE": str(MAX_AGE)},
    )


def wait_ready(instances: list[Process]) -> None:
    for instance in instances:
        instance.wait_log("Uvicorn running", timeout=30)


def ask(instance: Process, path: str, token: str = "") -> httpx.Response:
    return httpx.get(f"{instance.url}{path}", headers={"authorization": token}, timeout=10)


def demonstrate(folder: Path, fault: Fault, name: str, seed: int) -> int:
    """
    Take a token from one of the two instances to the other: the status.
    """
    keys = draw_keys(random.Random(seed))
    with ExitStack() as stack:
        pair = [
            stack.enter_context(start_instance(folder, keys, step.keys, f"{name}, {step}"))
            for step in (fault.issuer, fault.verifier)
        ]
        wait_ready(pair)
        return ask(pair[1], "/me", ask(pair[0], "/login/anna").text).status_code


class Fleet:
    """
    Three instances, and users who come to any of them at random.
    """

    def __init__(self, folder: Path, name: str, seed: int) -> None:
        self.folder, self.name = folder, name
        self.draw = random.Random(seed)
        self.keys = draw_keys(self.draw)
        self.instances: list[Process] = []
        self.visits, self.rejected = 0, 0
        self.tokens: dict[int, tuple[str, float, float]] = {}  # asked for when, renewed when
        self.stopping = threading.Event()

    def roll_out(self, names: tuple[str, ...], number: int) -> None:
        """
        Start the new beside the old, then put them in their place one after the other.
        """
        new = [
            start_instance(
                self.folder, self.keys, names, f"{self.name}, step {number}, {place}"
            )
            for place in range(INSTANCES)
        ]
        wait_ready(new)
        old, self.instances = self.instances, self.instances or new
        for place in range(len(old)):
            self.instances = [*new[: place + 1], *old[place + 1 :]]
            self.wait_visits(20)  # the users meet the mix
        for instance in old:
            instance.stop()

    def wait_visits(self, number: int) -> None:
        """
        Wait until the users have come so often again; a service that is down has none.
        """
        goal = self.visits + number
        wait_until(lambda: self.visits >= goal, 2)

    def visit(self, chance: random.Random) -> None:
        """
        Be one user after the other, until told to stop.
        """
        with httpx.Client(timeout=10, limits=httpx.Limits(max_keepalive_connections=0)) as web:
            while not self.stopping.is_set():
                # An instance may just have been stopped; a balancer would try another.
                with suppress(httpx.TransportError):
                    self.visit_once(web, chance)
                self.stopping.wait(0.02)

    def visit_once(self, web: httpx.Client, chance: random.Random) -> None:
        user = chance.randrange(USERS)
        token, asked, renew_at = self.tokens.get(user, ("", 0.0, 0.0))
        url = chance.choice(self.instances).url
        if (now := time.monotonic()) > renew_at:
            soon = now + MAX_AGE / 2 * (1 if token else chance.random())
            self.tokens[user] = web.get(f"{url}/login/user{user}").text, now, soon
            return
        answer = web.get(f"{url}/me", headers={"authorization": token})
        self.visits += 1
        # On a machine so slow that the token has grown old, no key would have helped it.
        if answer.text == "bad signature" and time.monotonic() - asked < MAX_AGE:
            self.rejected += 1
            self.tokens[user] = token, asked, 0.0

    @contextmanager
    def users(self) -> Iterator[None]:
        with ThreadPoolExecutor(VISITORS) as pool:
            chances = [random.Random(self.draw.random()) for _ in range(VISITORS)]
            visitors = [pool.submit(self.visit, chance) for chance in chances]
            try:
                yield
            finally:
                self.stopping.set()
        for visitor in visitors:
            visitor.result()


def live(folder: Path, plan: list[Step], name: str, seed: int) -> Fleet:
    """
    Roll a plan out under load.
    """
    fleet = Fleet(folder, name, seed)
    fleet.roll_out(plan[0].keys, 0)
    try:
        with fleet.users():
            wait_until(lambda: len(fleet.tokens) == USERS, 5)  # all have logged in
            for number, step in enumerate(plan[1:], 1):
                fleet.roll_out(step.keys, number)
                time.sleep(min(step.wait, 2 * MAX_AGE))  # nothing but time ends a token
            fleet.wait_visits(USERS)
    finally:
        record(name, None, fleet.instances[0])
        for instance in fleet.instances:
            instance.stop()
    return fleet


def diagnose_neighbours(fault: Fault, plan: list[Step]) -> Hint:
    """
    What is wrong with two that stand side by side.
    """
    if fault.replaced:
        return Hint(
            "replaces",
            f"In step {fault.step} instances with {fault.issuer} and with {fault.verifier} "
            "stand side by side, and neither knows what the other signs. What could both know?",
        )
    key = fault.issuer.keys[0]
    if fault.issuer == plan[fault.step - 1]:
        return Hint(
            "takes-it-too-early",
            f"In step {fault.step} an instance with {fault.issuer} still signs with {key}, and "
            f"another has {fault.verifier}. Who may lose a key that somebody signs with?",
        )
    return Hint(
        "signs-too-early",
        f"In step {fault.step} an instance already signs with {key}, and another still has "
        f"{fault.verifier}. Who must know {key} before anybody signs with it?",
    )


def diagnose(plan: list[Step], fault: Fault | None) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    if not plan:
        return Hint(
            "not-a-plan",
            f"At most {MOST_STEPS} steps, each with a list of K1 and K2 and a wait in seconds, "
            f"and {MOST_SECONDS:g} s of waiting in all: what does yours have?",
        )
    if fault is None and set(BEGIN) & set(plan[-1].keys):
        return Hint(
            "never-ends",
            f"Nobody is rejected, but at the end the instances have {plan[-1]}. "
            "What can somebody still do who knows K1?",
        )
    if fault is None:
        return None
    if fault.together:
        return diagnose_neighbours(fault, plan)
    if fault.age == 0:
        return Hint(
            "no-wait",
            f"Step {fault.step} begins as soon as nobody signs with K1 any more. "
            f"Who has logged in within the last {MAX_AGE:g} s, and what do they hold?",
        )
    return Hint(
        "short-wait",
        f"When step {fault.step} begins, tokens of K1 may be {fault.age:g} s old. "
        f"They live for {MAX_AGE:g} s: which of them is still about?",
    )


@pytest.mark.control
def test_control(untouched: Path, seed: int) -> None:
    """With the untouched plan an instance refuses a token of its neighbour."""
    fault = find_fault(read_plan(untouched))
    status = demonstrate(untouched, fault, "untouched", seed) if fault else 200

    expect(
        status == 401,
        done="two instances that stand side by side in the first step, and a token",
        expected="401",
        seen=status,
    )


@pytest.fixture(scope="module")
def plan(attempt: Path) -> list[Step]:
    return read_plan(attempt)


@pytest.fixture(scope="module")
def fault(plan: list[Step]) -> Fault | None:
    return find_fault(plan) if plan else None


def test_no_token_is_refused(
    attempt: Path, plan: list[Step], fault: Fault | None, seed: int
) -> None:
    """On paper, no valid token is refused by anybody, at any time."""
    status = demonstrate(attempt, fault, "yours", seed) if fault else None
    expect(
        plan and fault is None,
        done="each mix of old and new instances, and each token that may be about",
        expected="every token is accepted",
        seen=f"{fault}: {status}" if fault else "all accepted" if plan else "no plan",
        hint=diagnose(plan, fault),
    )


def test_ends_with_the_new_key(plan: list[Step], fault: Fault | None) -> None:
    """At the end, all instances have K2 and nothing else."""
    expect(
        plan and plan[-1].keys == END,
        done="the last step",
        expected="K2",
        seen=str(plan[-1]) if plan else "no plan",
        hint=diagnose(plan, fault),
    )


def test_nobody_is_rejected(
    attempt: Path, plan: list[Step], fault: Fault | None, seed: int
) -> None:
    """Rolled out under load, it rejects nobody."""
    fleet = live(attempt, plan, "yours", seed) if plan and fault is None else None
    rejected = fleet.rejected if fleet else 0
    on_paper_only = Hint(
        "right-on-paper",
        f"On paper nobody is refused, and yet {rejected} were. How long may an instance still "
        "have the list of the step before?",
    )
    expect(
        fleet and fleet.visits > USERS and fleet.rejected == 0,
        done=f"the plan, rolled out over {INSTANCES} instances with {USERS} users",
        expected="0 rejected",
        seen=f"{rejected} rejected" if fleet else "not rolled out: see above",
        hint=on_paper_only if rejected else diagnose(plan, fault),
    )
