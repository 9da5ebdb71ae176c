"""
What the messages of a check amount to: the verdict that follows from them.
"""

from dataclasses import dataclass, field

from workbench._claims import measured
from workbench._command import course
from workbench._traffic import Run

from . import slips
from .exercise import Exercise
from .messages import Begun, Broken, Facts, Found, Hint, Message, Met, Recorded, Said, Unmet
from .pace import MOST
from .verdict import COULD_NOT_CHECK, FAIL, NOT_ATTEMPTED, PASS, Claim, Result, Verdict


@dataclass
class Findings:
    """
    What a check has told so far.
    """

    claims: dict[str, Claim] = field(default_factory=dict)
    controls: dict[str, Claim] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    hint: Hint | None = None
    log: list[str] = field(default_factory=list)
    line: str = ""
    seed: int | None = None
    draws: bool = False  # from the seed
    broken: str = ""  # why the check can say nothing
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

    def take(self, message: Message) -> None:
        claim = self.claims.get(self._current) or self.controls.get(self._current)
        match message:
            case Found():
                tests = self.controls if message.control else self.claims
                tests[message.id] = Claim(message.text)
                self.draws = self.draws or message.draws
            case Begun():
                self._current = message.id
                self._begun[message.id] = message.at
            case Recorded():
                self.runs[message.name] = message.run
            case Said() if self.hint is None:
                self.log, self.line = message.lines, message.line
            case Broken():
                self.broken = self.broken or message.why
            case Facts() if claim:
                claim.done, claim.expected = message.done, message.expected
                claim.seen = message.seen
            case Met() if claim and claim.met is None:
                claim.met = True
            case Unmet() if claim:
                claim.met = False
                claim.seen = claim.seen if message.seen is None else message.seen
                if self._current in self.claims and self.hint is None:
                    self.hint = message.hint

    def stop(self, key: str, seen: str, hint: str) -> None:
        """
        Note that the check was ended from outside while a test ran.
        """
        self.take(Unmet(Hint(key, hint), seen))

    @property
    def all_met(self) -> bool:
        return bool(self.claims) and all(claim.met for claim in self.claims.values())

    def verdict(
        self, exercise: Exercise, *, attempted: bool, seconds: float, prefix: str = ""
    ) -> Verdict:
        """
        Args:
            exercise: What was checked.
            attempted: Whether the answer says anything else than what was given.
            seconds: How long it took.
            prefix: What leads to the reader's own file, before the line of it.
        """
        result, reason = self._result(exercise, attempted)
        judged = result != COULD_NOT_CHECK
        hint = (self.hint or self._neutral()) if result == FAIL else None
        return Verdict(
            exercise=exercise.path,
            title=exercise.title,
            result=result,
            seconds=seconds,
            control=next(iter(self.controls.values()), None),
            claims=list(self.claims.values()),
            hint=hint,
            reason=reason,
            log=self.log if result == FAIL else [],
            line=f"{prefix}{self.line}" if self.line and result == FAIL else "",
            runs=self.runs if judged else {},
            seed=self.seed if self.draws else None,
        )

    def _neutral(self) -> Hint:
        """
        What can be said of a claim that is not met where no known cause fits.
        """
        claim = next(claim for claim in self.claims.values() if claim.met is False)
        return Hint(
            "unexplained",
            f"“{claim.text}” is not so, and it is none of the mistakes that this check knows. "
            f"What in your code leads to what was seen: {claim.seen}?",
        )

    def _result(self, exercise: Exercise, attempted: bool) -> tuple[Result, str]:
        if reason := self._nothing_to_judge():
            return COULD_NOT_CHECK, reason
        if self.all_met:
            return PASS, ""
        if not attempted:
            return NOT_ATTEMPTED, f"{exercise.edit} is still as it was; this is what it does:"
        # However slow a machine is, it makes no slips.
        if not (self.hint and self.hint.key in slips.KEYS) and (slow := self._slow()):
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
            return f"{self.broken}\n{slow}".strip()
        if not self.controls or not all(control.met for control in self.controls.values()):
            return slow or (
                "On this machine, just now, the check could not see the fault that it is "
                "about, so it says nothing about your service.\n"
                "Close what keeps the machine busy, and check again; "
                f"`{course('doctor')}` says what may be missing."
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
            "than those on which the check was made, with all their cores busy. Patience "
            f"follows up to {MOST:g} times, so what was not met may be the machine's fault: "
            "nothing is judged.\nClose what keeps it busy, or give the container or the server "
            "more of a core, and check again."
        )
