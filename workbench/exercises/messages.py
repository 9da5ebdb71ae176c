"""
What a check reported, message by message, and the verdict that follows from it.
"""

from dataclasses import dataclass, field
from typing import Any

from workbench._claims import measured
from workbench._command import course

from .exercise import Lab
from .pace import MOST
from .verdict import (
    COULD_NOT_CHECK,
    FAIL,
    NOT_ATTEMPTED,
    PASS,
    Claim,
    Hint,
    Result,
    Run,
    Verdict,
    run_from_json,
)


@dataclass
class Findings:
    """
    What a check reported, message by message.
    """

    claims: dict[str, Claim] = field(default_factory=dict)
    controls: dict[str, Claim] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    hint: Hint | None = None
    log: list[str] = field(default_factory=list)
    line: str = ""
    broken: str = ""  # why the check itself failed
    disturbed: str = ""  # what happened to it from outside, and what to do
    slowness: float = 1.0  # of the machine, while the claims were judged
    _current: str = ""
    _begun: dict[str, float] = field(default_factory=dict)

    @property
    def judged_since(self) -> float:
        """
        When the first claim's test began, on the monotonic clock; 0 if none did.
        """
        return next((at for name, at in self._begun.items() if name in self.claims), 0.0)

    def take(self, message: dict[str, Any]) -> None:
        claim = self.claims.get(self._current) or self.controls.get(self._current)
        match message:
            case {"event": "found", "id": name, "text": text, "control": control}:
                (self.controls if control else self.claims)[name] = Claim(text)
            case {"event": "begun", "id": name, "at": at}:
                self._current = name
                self._begun[name] = at
            case {"event": "run", "name": name, **run}:
                self.runs[name] = run_from_json(run)
            case {"event": "log", "lines": lines, "place": place} if self.hint is None:
                self.log, self.line = lines, place
            case {"event": "broken", "why": why}:
                self.broken = self.broken or why
            case {"event": "facts", "done": done, "expected": expected, "seen": seen} if claim:
                claim.done, claim.expected, claim.seen = done, expected, seen
            case {"event": "met"} if claim and claim.met is None:
                claim.met = True
            case {"event": "unmet", "hint": hint} if claim:
                claim.met = False
                claim.seen = message.get("seen", claim.seen)
                if self._current in self.claims and self.hint is None:
                    self.hint = Hint(*hint) if hint else None

    def stop(self, key: str, seen: str, hint: str) -> None:
        """
        Note that the check was ended from outside while a test ran.
        """
        self.take({"event": "unmet", "seen": seen, "hint": (key, hint)})

    @property
    def all_met(self) -> bool:
        return bool(self.claims) and all(claim.met for claim in self.claims.values())

    def verdict(self, lab: Lab, *, attempted: bool) -> Verdict:
        result, reason = self._result(lab, attempted)
        judged = result != COULD_NOT_CHECK
        return Verdict(
            exercise=lab.path,
            title=lab.title,
            result=result,
            seconds=0,
            control=next(iter(self.controls.values()), None),
            claims=list(self.claims.values()),
            hint=self.hint if result == FAIL else None,
            reason=reason,
            log=self.log if result == FAIL else [],
            line=self.line if result == FAIL else "",
            runs=self.runs if judged else {},
        )

    def _result(self, lab: Lab, attempted: bool) -> tuple[Result, str]:
        if reason := self._nothing_to_judge():
            return COULD_NOT_CHECK, reason
        if self.all_met:
            return PASS, ""
        if not attempted:
            return NOT_ATTEMPTED, f"{lab.edit} is still as it was; this is what it does:"
        if slow := self._slow():
            return COULD_NOT_CHECK, slow
        return FAIL, ""

    def _nothing_to_judge(self) -> str:
        """
        Why what was seen says nothing about the service, met or not; or nothing.
        """
        if self.disturbed:
            return self.disturbed
        slow = self._slow()
        if self.broken:
            return f"The check itself failed: {self.broken}\n{slow}".strip()
        if not self.controls or not all(control.met for control in self.controls.values()):
            return slow or (
                "On this machine, just now, the check could not see the fault that it is\n"
                "about, so it says nothing about your service. Close what keeps the machine\n"
                f"busy, and check again; `{course('doctor')}` says what may be missing."
            )
        return ""

    def _slow(self) -> str:
        """
        Why what was not met says nothing, if this machine is slower than patience can follow.
        """
        if self.slowness <= MOST:
            return ""
        return (
            f"While this was checked, this machine was {measured(self.slowness)} times slower "
            "than those on\nwhich the check was made, with all their cores busy. Patience "
            f"follows up to {MOST:g} times, so\nwhat was not met may be the machine's fault: "
            "nothing is judged. Close what keeps it busy,\nor give the container or the server "
            "more of a core, and check again."
        )
