"""
What a report says, counted. Text, page and tables are drawn from it, and JSON is it.

An exercise counts as solved after its first PASS: later attempts and minutes are somebody's who
plays with it.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import takewhile
from tomllib import TOMLDecodeError, loads

from workbench.exercises.exercise import COURSE, exercises
from workbench.exercises.verdict import COULD_NOT_CHECK, FAIL, NOT_ATTEMPTED, PASS, Result

from .records import Asked, Attempt, Guess, Learner, Response, called

LONGEST = 300  # of what somebody wrote, in characters
MOST_NAMED = 5  # made-up exercises of one learner


@dataclass
class Standing:
    """
    Where a learner stands in an exercise. Minutes are from the first record to the PASS, or to
    the last.
    """

    result: Result  # the best
    attempts: int  # judged; with the PASS, and without what came after it
    could_not_check: int
    met: int  # claims, at the best attempt
    claims: int
    minutes: int

    @property
    def is_open(self) -> bool:
        """
        Whether it was tried, and is not passed: also by somebody whose machine is too slow.
        """
        return self.result in (FAIL, COULD_NOT_CHECK)


@dataclass
class LearnerRow:
    """
    A learner: what was passed, what is open, and where they were last.
    """

    name: str
    room: str
    passed: int
    tried: int
    attempts: int
    could_not_check: int  # verdicts
    minutes: int  # from their first verdict to their last
    last: str  # when that was, in ISO 8601; nothing, if there is none
    exercises: dict[str, Standing]

    @property
    def called(self) -> str:
        return called(self.room, self.name)

    @property
    def open_ones(self) -> dict[str, Standing]:
        return {name: each for name, each in self.exercises.items() if each.is_open}


@dataclass
class WrongTurn:
    """
    A hint, and how many learners were given it, each counted once.
    """

    key: str
    sentence: str
    learners: int


@dataclass
class ExerciseRow:
    """
    An exercise: how many passed it and tried it, whose machine was too slow, and the hints that
    were given, the commonest first.
    """

    exercise: str
    title: str
    passed: int
    tried: int
    could_not_check: int  # learners
    wrong_turns: list[WrongTurn]

    @property
    def commonest(self) -> list[WrongTurn]:
        most = self.wrong_turns[0].learners if self.wrong_turns else 0
        return [each for each in self.wrong_turns if each.learners == most]


@dataclass
class Option:
    """
    An answer to a question: how many gave it, and whether it was measured.
    """

    answer: str
    learners: int
    measured: bool


@dataclass
class Question:
    """
    A question that a notebook asked before a run, and the answers.
    """

    notebook: str
    question: str
    options: list[Option]
    measured: list[str]  # what was, beside the options: the least and the greatest


@dataclass
class IncidentRow:
    """
    A learner on call: of the first that they passed, or of the one that cost their users least.
    One that could not be judged counts only where there is no other.
    """

    incident: str
    learner: str
    result: Result
    times: int  # that they were on call for it
    found: float | None  # seconds after the fault
    recovered: float | None
    left: int  # per cent of the budget


@dataclass
class Reason:
    """
    Why it holds, in a learner's words.
    """

    exercise: str
    learner: str
    because: str


@dataclass
class Summary:
    """
    A class. Learners stand in the order in which they need help.
    """

    since: str  # in ISO 8601; nothing, if all was read
    of: int  # exercises that the course has
    exercises: list[ExerciseRow]
    learners: list[LearnerRow]
    reasons: list[Reason]
    questions: list[Question]
    incidents: list[IncidentRow]
    not_read: list[str] = field(default_factory=list)
    not_of_this_course: list[str] = field(default_factory=list)


def sum_up(learners: Sequence[Learner], since: datetime | None = None) -> Summary:
    titles = {exercise.path: exercise.title for exercise in exercises()}
    handed_in = {name for learner in learners for name in learner.attempts}
    names = [name for name in titles if name in handed_in]
    asked = sorted({asked for learner in learners for asked in learner.predictions})
    return Summary(
        since=since.isoformat(timespec="seconds") if since else "",
        of=len(titles),
        exercises=[_exercise_row(learners, name, titles[name]) for name in names],
        learners=sorted((_learner_row(each, names) for each in learners), key=_need),
        reasons=[each for name in names for each in _reasons(learners, name)],
        questions=[_question(learners, each) for each in asked],
        incidents=sorted(
            (
                _incident_row(each, found)
                for each in learners
                for found in each.responses.values()
            ),
            key=lambda row: (row.incident, row.learner),
        ),
        not_read=[f"{path}" for learner in learners for path in learner.unreadable],
        not_of_this_course=[_made_up(learner) for learner in learners if learner.unknown],
    )


def _need(row: LearnerRow) -> tuple[bool, int, int, str, str]:
    """
    Who needs help comes first: something tried and not passed; little passed; long at it.
    """
    longest = max((each.minutes for each in row.open_ones.values()), default=0)
    letters = unicodedata.normalize("NFKD", row.called)  # é beside e
    return not row.open_ones, row.passed, -longest, letters.casefold(), row.called


def _learner_row(learner: Learner, names: Iterable[str]) -> LearnerRow:
    everything = [each for attempts in learner.attempts.values() for each in attempts]
    times = [each.when for each in everything]
    standings = {
        name: _standing(learner.attempts[name]) for name in names if name in learner.attempts
    }
    return LearnerRow(
        name=learner.name,
        room=learner.room,
        passed=sum(each.result == PASS for each in standings.values()),
        tried=sum(each.result in (PASS, FAIL) for each in standings.values()),
        attempts=sum(each.attempts for each in standings.values()),
        could_not_check=sum(each.result == COULD_NOT_CHECK for each in everything),
        minutes=_minutes(max(times) - min(times)) if times else 0,
        last=max(times).isoformat(timespec="seconds") if times else "",
        exercises=standings,
    )


def _standing(attempts: Sequence[Attempt]) -> Standing:
    before = list(takewhile(lambda each: not each.passed, attempts))
    until = attempts[: len(before) + 1]
    judged = [each for each in until if each.judged]
    best = max(judged, key=lambda each: (each.passed, each.met), default=attempts[-1])
    results = {each.result for each in until}
    order: tuple[Result, ...] = (PASS, FAIL, COULD_NOT_CHECK, NOT_ATTEMPTED)
    return Standing(
        result=next(each for each in order if each in results),
        attempts=len(judged),
        could_not_check=sum(each.result == COULD_NOT_CHECK for each in attempts),
        met=best.met,
        claims=len(best.claims),
        minutes=_minutes(until[-1].when - until[0].when),
    )


def _minutes(took: timedelta) -> int:
    return round(took.total_seconds() / 60)


def _exercise_row(learners: Sequence[Learner], name: str, title: str) -> ExerciseRow:
    all_attempts = [learner.attempts.get(name, []) for learner in learners]
    counts: Counter[str] = Counter()
    texts: dict[str, list[str]] = {}
    for attempts in all_attempts:
        hints = [each.hint for each in attempts if each.hint]
        counts.update({hint.key for hint in hints})  # who tries often should not outvote
        for hint in hints:
            texts.setdefault(hint.key, []).append(hint.text)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ExerciseRow(
        exercise=name,
        title=title,
        passed=sum(any(each.passed for each in attempts) for attempts in all_attempts),
        tried=sum(any(each.judged for each in attempts) for attempts in all_attempts),
        could_not_check=sum(
            any(each.result == COULD_NOT_CHECK for each in attempts)
            for attempts in all_attempts
        ),
        wrong_turns=[
            WrongTurn(_short(key, 60), _sentence(name, key, texts[key]), count)
            for key, count in ranked
        ],
    )


def _sentence(exercise: str, key: str, texts: Sequence[str]) -> str:
    """
    What a hint says: as it was said most often, with the numbers of that run. What the course
    has under this key decides, and no text that a file has in its place.
    """
    if written := _hints(exercise).get(key):
        between = re.split(r"\{[^{}]*\}", written)
        texts = [text for text in texts if _fits(text, between)] or ["…".join(between)]
    return _short(Counter(texts).most_common(1)[0][0])


@cache
def _hints(exercise: str) -> dict[str, str]:
    """
    The sentences of an exercise; where they stand in its check, none.
    """
    try:
        text = (COURSE / "labs" / exercise / "hints.toml").read_text(encoding="utf-8")
        return {key: f"{sentence}" for key, sentence in loads(text).items()}
    except (OSError, UnicodeError, TOMLDecodeError):
        return {}


def _fits(text: str, between: Sequence[str]) -> bool:
    """
    Whether a text is a sentence with something in the place of its braces.
    """
    first, *others = between
    if not others:
        return text == first
    at = len(first)
    if not text.startswith(first) or not text.endswith(others[-1]):
        return False
    for part in others:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def _reasons(learners: Sequence[Learner], name: str) -> list[Reason]:
    """
    Of each learner the last.
    """
    given = {
        each.called: [attempt.because for attempt in each.attempts.get(name, ())]
        for each in learners
    }
    said = {who: [each for each in reasons if each] for who, reasons in given.items()}
    return [Reason(name, who, _short(reasons[-1])) for who, reasons in said.items() if reasons]


def _question(learners: Sequence[Learner], asked: Asked) -> Question:
    """
    How many gave which answer, the options in their order, and which one was measured.
    """
    given = [each.predictions[asked] for each in learners if asked in each.predictions]
    answers = Counter(each.answer for each in given)
    seen = {each.measured for each in given if each.measured}
    options = _options(given)
    others = sorted(seen - set(options), key=_as_number)
    return Question(
        notebook=asked.notebook,
        question=_short(asked.question),
        options=[Option(_short(each, 60), answers[each], each in seen) for each in options],
        measured=[_short(each, 60) for each in dict.fromkeys((*others[:1], *others[-1:]))],
    )


def _incident_row(learner: Learner, responses: Sequence[Response]) -> IncidentRow:
    passed = [each for each in responses if each.result == PASS]
    judged = [each for each in responses if each.result == FAIL] or responses
    best = passed[0] if passed else min(judged, key=lambda each: each.burnt)
    return IncidentRow(
        incident=best.incident,
        learner=learner.called,
        result=best.result,
        times=len(responses),
        found=best.found,
        recovered=best.recovered,
        left=best.left,
    )


def _options(given: Sequence[Guess]) -> list[str]:
    options = list(dict.fromkeys(option for each in given for option in each.among))
    answers = {each.answer for each in given}
    if answers <= set(options):
        return options
    return sorted(answers, key=_as_number)  # typed, as a number


def _as_number(text: str) -> tuple[float, str]:
    try:
        return float(text), text
    except ValueError:
        return float("inf"), text


def _made_up(learner: Learner) -> str:
    names = sorted(learner.unknown)
    shown = ", ".join(_short(name, 60) for name in names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    rest = f" and {more} more" if more > 0 else ""
    return f"{shown}{rest} ({learner.called})"


def _short(text: str, most: int = LONGEST) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
