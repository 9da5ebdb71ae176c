"""
What the check's process tells, and the verdict that follows from it.
"""

import json
import re
from typing import get_args

import pytest

from tests.exercises.toy_exercise import toy_exercise
from workbench import Sample
from workbench._traffic import Run
from workbench.exercises import messages
from workbench.exercises.findings import Findings
from workbench.exercises.messages import (
    Begun,
    Broken,
    Facts,
    Found,
    Hint,
    Message,
    Met,
    Recorded,
    Said,
    Unmet,
    from_json,
    to_json,
)
from workbench.exercises.verdict import COULD_NOT_CHECK, FAIL, Verdict

WHO, WHERE = Hint("who", "Who waits for it?"), Hint("where", "Where is it kept?")
RUN = Run([Sample(0, 0.0, 0.1, 0.2, "ok", 200, "half a pair: \ud800")], [(0.1, "SIGTERM")])


def judged(*outcomes: Message, slowness: float = 1.0) -> Verdict:
    """
    The verdict on an attempt whose claims had these outcomes, after a control that is met.
    """
    findings = Findings(slowness=slowness)
    findings.take(Found("control", "The fault is seen", True))
    for number in range(len(outcomes)):
        findings.take(Found(str(number), f"Claim {number}", False))
    findings.take(Begun("control", 1.0))
    findings.take(Met())
    for number, outcome in enumerate(outcomes):
        findings.take(Begun(str(number), 2.0))
        findings.take(Said([f"log {number}"], f"service.py:{number}: pass"))
        findings.take(outcome)
    return findings.verdict(toy_exercise(), attempted=True, seconds=1.5, prefix="work/toy/")


@pytest.mark.parametrize(
    "message",
    [
        Found("check.py::test_a", "It answers", True),
        Begun("check.py::test_a", 12.5),
        Facts("asked", "200", "500"),
        Met(),
        Unmet(None),
        Unmet(WHO, "ended with exit code 1"),
        Recorded("yours", RUN),
        Said(["bye"], "service.py:31: sys.exit(0)"),
        Broken("KeyError: 'n'"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_message_is_read_as_it_was_written(message: Message) -> None:
    """
    A message is one line of JSON, and is the same when it is read again.
    """
    line = to_json(message)

    assert "\n" not in line
    assert line.isascii()
    assert from_json(line) == message


def test_the_table_names_every_message() -> None:
    """
    What stands at the top of messages.py are the events that there are.
    """
    table = re.findall(r"^    (\w+)  ", messages.__doc__ or "", re.MULTILINE)

    assert table == [kind.__name__.lower() for kind in get_args(Message)]
    assert json.loads(to_json(Met())) == {"event": "met"}


@pytest.mark.parametrize(
    ("outcomes", "hint", "line"),
    [
        ((Unmet(WHO), Unmet(WHERE)), WHO, 0),
        ((Unmet(WHO), Unmet(None)), WHO, 0),
        ((Unmet(WHO), Met()), WHO, 0),
        ((Unmet(None), Unmet(WHERE), Unmet(WHO)), WHERE, 1),
        ((Met(), Unmet(WHERE)), WHERE, 1),
    ],
)
def test_the_first_failure_that_explains_gives_the_hint(
    outcomes: tuple[Message, ...], hint: Hint, line: int
) -> None:
    """
    No later failure replaces it, or what the service said then; none without a hint clears it.
    """
    verdict = judged(*outcomes)

    assert (verdict.result, verdict.hint) == (FAIL, hint)
    assert (verdict.log, verdict.line) == (
        [f"log {line}"],
        f"work/toy/service.py:{line}: pass",
    )


def test_what_no_cause_explains_is_quoted() -> None:
    """
    Where no failed claim has a hint, the first one is named, with what was seen.
    """
    verdict = judged(Met(), Unmet(None, "a 500"), Unmet(None, "a 404"))

    assert verdict.hint
    assert verdict.hint.key == "unexplained"
    assert "“Claim 1” is not so" in verdict.hint.text
    assert "what was seen: a 500?" in verdict.hint.text


@pytest.mark.parametrize(
    ("key", "result"), [("slip", FAIL), ("unreadable", FAIL), ("raised", COULD_NOT_CHECK)]
)
def test_no_machine_makes_slips(key: str, result: str) -> None:
    """
    A slip is the reader's, however slow the machine is; what else was raised may be its fault.
    """
    verdict = judged(Unmet(Hint(key, "Your code raised it.")), slowness=9.0)

    assert verdict.result == result


def test_a_verdict_says_all_that_it_knows() -> None:
    """
    What is printed has the facts, the hint, the reader's line and the last words.
    """
    findings = Findings()
    for name in ("control", "first", "second"):
        findings.take(Found(name, f"The {name}", name == "control"))
    findings.take(Begun("control", 1.0))
    findings.take(Met())
    findings.take(Begun("first", 2.0))
    findings.take(Facts("asked", "200", "500"))
    findings.take(Said(["≈   0.10 s  bye", "≈   0.20 s  \x1b[2Jgone"], "service.py:3: 1 / 0"))
    findings.take(Unmet(WHO))

    verdict = findings.verdict(toy_exercise(), attempted=True, seconds=1.5, prefix="work/t/")

    assert str(verdict).splitlines() == [
        "FAIL  toy: Answer, and end (≈ 1.5 s)",
        "  ✓ control: The control",
        "  ✗ The first",
        "      done      asked",
        "      expected  200",
        "      seen      500",
        "  · The second (not judged)",
        "",
        "  Hint: Who waits for it?",
        "",
        "  Your line: work/t/service.py:3: 1 / 0",
        "",
        "  The last that your service said:",
        "    ≈   0.10 s  bye",
        "    ≈   0.20 s  \\x1b[2Jgone",
    ]
