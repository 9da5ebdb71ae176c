"""
What the check's process tells, and the verdict that follows from it.
"""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import get_args

import pytest

from tests.exercises.toy_exercise import toy_exercise
from workbench import Sample
from workbench._traffic import Run
from workbench.exercises import messages
from workbench.exercises.as_html import as_html
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
from workbench.exercises.verdict import COULD_NOT_CHECK, FAIL, Claim, Result, Verdict

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


@pytest.fixture
def failed() -> Verdict:
    """
    A verdict that says all that a verdict can say.
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
    return findings.verdict(toy_exercise(), attempted=True, seconds=1.5, prefix="work/t/")


def test_a_verdict_says_all_that_it_knows(failed: Verdict) -> None:
    """
    What is printed has the hint first, then the facts, the reader's line and the last words.
    """
    assert str(failed).splitlines() == [
        "FAIL  toy: Answer, and end (≈ 1.5 s)",
        "",
        "  Hint: Who waits for it?",
        "",
        "  ✓ control: The control",
        "  ✗ The first",
        "      done      asked",
        "      expected  200",
        "      seen      500",
        "  · The second (not judged)",
        "",
        "  Your line: work/t/service.py:3: 1 / 0",
        "",
        "  The last that your service said:",
        "    ≈   0.10 s  bye",
        "    ≈   0.20 s  \\x1b[2Jgone",
    ]


def test_a_terminal_breaks_lines_between_words(failed: Verdict) -> None:
    """
    1. A hint, a fact and a claim are longer than a line of the terminal.
    2. So is what the service said last, and a word.

    Result: the first go on below where they began; the others are left to the terminal.
    """
    url = f"http://127.0.0.1/{'a' * 40}"
    assert failed.hint
    failed.hint = replace(failed.hint, text="Who waits for the last answer, and for how long?")
    failed.claims = [
        Claim(
            "Every one of them is answered", met=False, done="six calls", seen=f"503 of {url}"
        )
    ]
    failed.log = [f"INFO: {url} is what was asked for"]

    lines = failed.text(40).splitlines()

    assert lines[2:4] == ["  Hint: Who waits for the last answer,", "        and for how long?"]
    assert lines[6:10] == [
        "  ✗ Every one of them is answered",
        "      done      six calls",
        "      seen      503 of",
        f"                {url}",
    ]
    assert lines[-1] == f"    {failed.log[0]}"
    assert "".join(failed.text(40).split()) == "".join(str(failed).split())


class Words(HTMLParser):
    """
    What a page says, and in which element each of it stands: ("code", "service.py:3").
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.said.append((self.open[-1], data.strip()))


def test_a_notebook_shows_what_to_think_about_first(failed: Verdict) -> None:
    """
    Result and hint have weight, so has what failed; the log is folded, and nothing is lost.
    """
    page = Words(as_html(failed))

    assert page.open == []
    assert page.said == [
        ("strong", "FAIL"),
        ("p", "toy: Answer, and end (≈ 1.5 s)"),
        ("strong", "Hint:"),
        ("p", "Who waits for it?"),
        ("div", "✓ control: The control"),
        ("div", "✗"),
        ("strong", "The first"),
        ("em", "done:"),
        ("div", "asked"),
        ("em", "expected:"),
        ("div", "200"),
        ("em", "seen:"),
        ("div", "500"),
        ("div", "· The second (not judged)"),
        ("p", "Your line:"),
        ("code", "work/t/service.py:3: 1 / 0"),
        ("summary", "The last that your service said"),
        ("pre", "≈   0.10 s  bye\n≈   0.20 s  \\x1b[2Jgone"),
    ]


def test_a_verdict_can_do_nothing_to_a_page(failed: Verdict) -> None:
    """
    What a service says is no element, no formula and no control character.
    """
    evil = "<script>alert(1)</script> $x$ \x1b[2J `ls`"
    failed.claims[0].seen, failed.log = evil, [evil]
    failed.line = f"service.py:1: {evil}"

    page = as_html(failed)

    assert "<script" not in page
    assert all(line.isprintable() for line in page.split("\n"))
    assert page.startswith('<div class="mathjax_ignore">')
    assert ("code", "ls") in Words(page).said
    assert ("pre", evil.replace("\x1b", "\\x1b")) in Words(page).said


@pytest.mark.parametrize("result", get_args(Result))
def test_no_result_is_told_by_colour_alone(result: Result) -> None:
    """
    Each is said in words, on a ground of its own, with its reason in paragraphs.
    """
    verdict = Verdict("toy/toy", "Toy", result, 1.0, reason="Too slow.\nClose `vim`.")

    page = as_html(verdict)

    assert Words(page).said == [
        ("strong", result),
        ("p", "toy: Toy (≈ 1 s)"),
        ("p", "Too slow."),
        ("p", "Close"),
        ("code", "vim"),
        ("p", "."),
    ]
    grounds = [
        re.findall("background-color:([^;]+)", as_html(replace(verdict, result=each)))
        for each in get_args(Result)
    ]
    assert grounds.count(re.findall("background-color:([^;]+)", page)) == 1
