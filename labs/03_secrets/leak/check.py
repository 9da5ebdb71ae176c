"""
A plan is played through on a real database: a step, the thief's answer, the services' logins.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from workbench import PostgresServer, start
from workbench.checks import ends, expect, explanation, record

STEPS_AT_MOST = 10
LEFT = {
    "logs in": "he logs in with the stolen password",
    "is in": "he has a connection",
    "has a user": "he has a user of his own",
    "signs": "he signs with the services' key",
}


class Step(NamedTuple):
    """
    What was done, and what was then so.
    """

    do: str
    user: str | None
    published: str
    locked_out: int
    thief: dict[str, bool]

    def __str__(self) -> str:
        return f"{self.do} {self.user}" if self.user else self.do


class Seen(NamedTuple):
    """
    A plan, played through. The first entry is how it was before the first step.
    """

    steps: list[Step]
    said: str  # where there is no plan

    @property
    def locked_out(self) -> Step | None:
        """
        The first step after which a service could not log in.
        """
        return next((step for step in self.steps if step.locked_out), None)

    @property
    def left(self) -> dict[str, bool]:
        """
        What the thief can do in the end.
        """
        return self.steps[-1].thief if self.steps else {}

    @property
    def story(self) -> str:
        """
        After which step he lost what he could do.
        """
        lost = []
        for before, after in zip(self.steps, self.steps[1:], strict=False):
            lost += [f"{after}: no longer {LEFT[can].removeprefix('he ')}"
                     for can in LEFT if before.thief[can] and not after.thief[can]]  # fmt: skip
            lost += [f"{after}: again {LEFT[can].removeprefix('he ')}"
                     for can in LEFT if after.thief[can] and not before.thief[can]]  # fmt: skip
        return "; ".join(lost) or "nothing that you do changes what he can do"

    def has(self, do: str, user: str | None = None) -> bool:
        return any((step.do, step.user) == (do, user) for step in self.steps)


def play(folder: Path, drill: Path, name: str, postgres: PostgresServer) -> Seen:
    """
    Play the plan in a folder through, by the drill that was given.
    """
    command = f"python '{drill}/drill.py'"
    env = {"DATABASE_URL": postgres.url}
    process = start(command, ready=None, name=name, cwd=folder, env=env)
    ended = ends(process, within=20)
    record(name, None, process)
    texts = [line.text for line in process.log]
    if not ended or process.returncode:
        return Seen([], texts[-1] if texts else "nothing")
    return Seen([read(json.loads(text)) for text in texts], "")


def read(said: dict[str, Any]) -> Step:
    return Step(said["do"], said["user"], said["published"], said["locked out"], said["thief"])


@explanation
def explain(seen: Seen) -> Iterator[str]:
    if not seen.steps:
        yield "not-a-plan"
    if step := seen.locked_out:
        yield "does-not-wait" if step.published == "other" else "shuts-out-ours"
    left = [can for can in LEFT if seen.left.get(can)]
    if "logs in" in left:
        yield "leaves-the-door-open"
    if left and not seen.has("end-sessions", "stolen"):
        yield "leaves-him-in"
    if "has a user" in left and not seen.has("lock-strangers"):
        yield "leaves-his-user"
    if "is in" in left:
        yield "begins-at-the-wrong-end"
    if left and not seen.has("new-key"):
        yield "leaves-his-key"
    if left:
        yield "shows-him-the-new-key"


@pytest.mark.control
def test_control(untouched: Path, postgres: PostgresServer) -> None:
    """With the untouched plan services are locked out, and the thief stays."""
    seen = play(untouched, untouched, "untouched", postgres)

    expect(
        seen.locked_out is not None and seen.left.get("is in"),
        done="the plan as it was given, on a real database",
        expected="a service is locked out, and the thief is in",
        seen=seen.said or seen.story,
    )


@pytest.fixture(scope="module")
def seen(attempt: Path, untouched: Path, postgres: PostgresServer) -> Seen:
    return play(attempt, untouched, "yours", postgres)


def test_no_service_is_locked_out(seen: Seen) -> None:
    """After each step, every service can log in with what it was last told."""
    step = seen.locked_out
    expect(
        seen.steps and step is None,
        done="a login of each service after each step",
        expected="all are let in",
        seen=f"after {step}: {step.locked_out} are refused" if step else seen.said or "all are",
        hint=explain(seen),
    )


def test_the_thief_is_out_of_the_database(seen: Seen) -> None:
    """In the end the thief can't log in, has no connection, and no user of his own."""
    found = [LEFT[can] for can in ("logs in", "is in", "has a user") if seen.left.get(can)]
    expect(
        seen.steps and not found,
        done="after each step he did all that he could",
        expected="in the end nothing is left to him in the database",
        seen=f"{', '.join(found)}. {seen.story}" if found else seen.said or "nothing is left",
        hint=explain(seen),
    )


def test_the_thief_signs_nothing(seen: Seen) -> None:
    """In the end the services believe no token of his."""
    signs = seen.left.get("signs")
    expect(
        seen.steps and not signs,
        done="a token with the last key that he has read",
        expected="it is refused",
        seen=f"it is believed. {seen.story}" if signs else seen.said or "it is refused",
        hint=explain(seen),
    )
