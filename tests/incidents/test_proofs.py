"""
What every incident must prove: who repairs it passes, who does not gets their own hint.
"""

import pytest

from tests.incidents.runs import RESPONDERS, responder, run
from tools import ROOT
from tools.proven import Proof, Subject
from workbench.errors import WorkbenchError
from workbench.exercises.verdict import FAIL, PASS
from workbench.incidents.catalogue import incidents

INCIDENTS = ROOT / "workbench" / "incidents"
SAMPLE = "incidents"  # one responder of one incident, drawn by the commit
# What no proof uses: the incidents, which are a subject each, and where a reader meets them.
BESIDE = ("catalogue", "command.py", "notebook.py", "timeline.py")


def proofs(name: str) -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in (RESPONDERS / name).glob("*.py")))


def subject(name: str) -> Subject:
    """
    An incident and its responders, as what is proved together.
    """
    judges = [path for path in INCIDENTS.iterdir() if path.name not in BESIDE]
    return Subject(
        name=f"incident/{name}",
        proofs=proofs(name),
        own=(incidents()[name].place, RESPONDERS / name),
        rest=(
            *judges,
            INCIDENTS / "catalogue" / "__init__.py",
            RESPONDERS / "on_call.py",
            RESPONDERS.parent / "runs.py",
        ),
        sampled_with=SAMPLE,
    )


@pytest.mark.timeout(260)
@pytest.mark.proofs([subject(name) for name in incidents()])
def test_every_responder_gets_its_verdict(proof: Proof) -> None:
    """
    Right responders pass, wrong ones fail with their own hint; all have had the fault.
    """
    name = proof.subject.name.removeprefix("incident/")
    who = responder(proof.name, name)
    is_right = proof.name.startswith("right_")

    def respond(shop: object) -> None:
        try:
            who.respond(shop)
        except WorkbenchError as refusal:  # it was over before a wrong one was done
            if is_right or "It is over" not in str(refusal):
                raise

    report = run(name, respond, seed=proof.seed)

    assert report.result == (PASS if is_right else FAIL), str(report)
    assert report.control.met, str(report)
    assert "all 0 orders" not in report.claims[-1].expected
    if is_right:
        assert report.hint is None
    else:
        assert report.hint
        assert report.hint.key in who.HINTS, str(report)


@pytest.mark.parametrize("name", incidents())
def test_an_incident_has_its_responders(name: str) -> None:
    """
    Two who are right, one of them the program that is told nothing; four who are wrong.
    """
    names = proofs(name)

    assert "right_program" in names
    assert sum(each.startswith("right_") for each in names) >= 2
    assert "wrong_does_nothing" in names
    assert sum(each.startswith("wrong_") for each in names) >= 4


@pytest.mark.parametrize("name", incidents())
def test_every_hint_of_its_own_has_a_responder(name: str) -> None:
    """
    What an incident says besides is said to one of its wrong responders at least.
    """
    given = {
        hint
        for each in proofs(name)
        if each.startswith("wrong_")
        for hint in responder(each, name).HINTS
    }

    assert set(incidents()[name].hints) <= given
