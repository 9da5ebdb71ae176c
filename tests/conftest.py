"""
Proofs are kept: a run makes those that `tools/proven.py` plans, and notes what they proved.

A test of proofs is marked with its subjects, `@pytest.mark.proofs(subjects)`, and is called
with one `proof` after the other. A subject whose proofs have all passed, each at the first
try, is noted at the end: by a maintainer's run, never in CI.
"""

import os
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tools import proven
from tools.proven import Digests, Proof, Subject


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--everything", action="store_true", help="believe no proof that was made before"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "proofs(subjects): call it with each proof of a plan")
    if not hasattr(config, "workerinput"):  # under xdist, where all reports arrive
        config.pluginmanager.register(Notes(config))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if marker := metafunc.definition.get_closest_marker("proofs"):
        subjects: list[Subject] = marker.args[0]
        plan = proven.plan(subjects, everything=metafunc.config.getoption("everything"))
        cases = [
            # In one process, one after the other: they share what need not be shown twice.
            pytest.param(
                p, id=f"{p}", marks=pytest.mark.xdist_group(f"{p.subject.name} {p.round}")
            )
            for p in plan
        ]
        metafunc.parametrize("proof", cases)


@pytest.fixture
def everything(request: pytest.FixtureRequest) -> bool:
    """
    Whether no kept proof is believed, and none is cut short.
    """
    found: bool = request.config.getoption("everything")
    return found


@pytest.fixture(autouse=True)
def _say_what_is_proved(request: pytest.FixtureRequest) -> Iterator[None]:
    """
    Put into the report of a proof what it is part of, as the files are when it has ended.
    """
    yield
    parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    proof = parameters.get("proof")
    if isinstance(proof, Proof):
        now = proof.subject.digests
        said = [proof.subject.name, proof.whole, now.own, now.rest]
        request.node.user_properties.append(("proved", said))


class Notes:
    """
    What the reports say was proved, and the file that keeps it.
    """

    def __init__(self, config: pytest.Config) -> None:
        # What passes at the second try is not kept: it may be a race.
        self._writes = not (os.environ.get("CI") or config.getoption("lf"))
        self._passed: set[str] = set()
        self._proved: dict[tuple[str, int, Digests], int] = defaultdict(int)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self._passed.add(report.nodeid)
        elif report.when == "teardown" and report.passed and report.nodeid in self._passed:
            for key, value in report.user_properties:
                if key == "proved":
                    name, whole, own, rest = value
                    self._proved[name, whole, Digests(own, rest)] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._proved:
            return
        whole = {
            name: now for (name, of, now), passed in self._proved.items() if of and passed >= of
        }
        sample = sum(passed for (_, of, _), passed in self._proved.items() if not of)
        made = sum(passed for (_, of, _), passed in self._proved.items() if of)
        terminalreporter.write_line(
            f"Proofs: {made} made, so that {len(whole)} exercises or notebooks are proved; "
            f"of those proved before, a sample of {sample}."
        )
        if whole and self._writes:
            proven.keep(whole)
            terminalreporter.write_line(f"Kept in {proven.FILE.relative_to(proven.ROOT)}.")
