"""
Proofs are kept: a run makes those that `tools/proven.py` plans, and notes what they proved.

- `@pytest.mark.proofs(subjects)` calls a test with each `proof` that is planned of these; with
  `together=True`, those of a subject in one process, one after the other.
- `pytestmark = pytest.mark.kept_with(*paths, programs=…)` says what a module of slow tests
  depends on, beside itself and the workbench; as long as that is as it was, one of them is run;
  with `sampled=False`, none: they are proved anew with `make proofs`, every Monday.

With `--kept`, as `make test` has it, what was proved before is believed, and a subject whose
proofs have all passed, each at the first try, is noted at the end: never in CI. Without, every
test runs, and no proof is cut short.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

from tools import ROOT, proven
from tools.proven import Proof, Subject

PROOF = pytest.StashKey[Proof]()
GROUP = re.compile(r"@([^@\s]+)\]$")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--kept", action="store_true", help="believe tests/proven.txt, and add to it"
    )
    parser.addoption("--only", metavar="SUBJECT", help="prove this one, and no other")


def pytest_configure(config: pytest.Config) -> None:
    for marker in (
        "proofs(subjects, together=False): call it with each proof that is planned",
        "kept_with(*paths, programs=(), sampled=True): what a module of slow tests depends on",
    ):
        config.addinivalue_line("markers", marker)
    if not hasattr(config, "workerinput"):  # under xdist, where all reports arrive
        config.pluginmanager.register(Notes(config))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if marker := metafunc.definition.get_closest_marker("proofs"):
        only = metafunc.config.getoption("only")
        subjects = [subject for subject in marker.args[0] if only in (None, subject.name)]
        believe = metafunc.config.getoption("kept") and not only
        plan = proven.plan(subjects, believe=believe)
        together = marker.kwargs.get("together", False)
        ids = [f"{p}@{p.subject.name}" if together else f"{p}" for p in plan]
        metafunc.parametrize("proof", plan, ids=ids)


class Together(LoadGroupScheduling):
    """
    What has the same `@GROUP` at the end of its name runs in one process, one after the other.

    That is what `--dist loadgroup` does by itself, but pytest-xdist 3.8 writes the group into
    an attribute that pytest 9.2 no longer reads.
    """

    def _split_scope(self, nodeid: str) -> str:
        found = GROUP.search(nodeid)
        return found[1] if found else nodeid


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Producer
) -> LoadGroupScheduling | None:
    return Together(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.hookimpl(tryfirst=True)  # before a choice by -k or by what failed last
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    modules: dict[Path, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if isinstance(proof := parameter(item, "proof"), Proof):
            item.stash[PROOF] = proof
        if item.get_closest_marker("kept_with"):
            modules[item.path].append(item)
    by_name = {
        (str(path.relative_to(ROOT)), i.nodeid): i for path in modules for i in modules[path]
    }
    subjects = [module(path, found) for path, found in modules.items()]
    for proof in proven.plan(subjects, believe=config.getoption("kept")):
        by_name.pop((proof.subject.name, proof.name)).stash[PROOF] = proof
    kept = set(by_name.values())
    config.hook.pytest_deselected(items=list(kept))
    items[:] = [item for item in items if item not in kept]


def pytest_report_collectionfinish(items: list[pytest.Item]) -> str:
    """
    How much the kept proofs spare: after a change that many of them depend on, nothing.
    """
    proofs = [item.stash[PROOF] for item in items if PROOF in item.stash]
    anew = sum(bool(proof.whole) for proof in proofs)
    return f"proofs: {anew} to be made, {len(proofs) - anew} as a sample" if proofs else ""


def module(path: Path, items: list[pytest.Item]) -> Subject:
    """
    The tests of a module, as what is proved together.
    """
    marker = items[0].get_closest_marker("kept_with")
    assert marker
    name = str(path.relative_to(ROOT))
    return Subject(
        name=name,
        proofs=tuple(item.nodeid for item in items),
        own=(path,),
        rest=tuple(ROOT / other for other in marker.args),
        sampled_with=name if marker.kwargs.get("sampled", True) else None,
        programs=marker.kwargs.get("programs", ()),
    )


def parameter(item: pytest.Item, name: str) -> object:
    return item.callspec.params.get(name) if hasattr(item, "callspec") else None


@pytest.fixture
def thorough(request: pytest.FixtureRequest) -> bool:
    """
    Whether each proof stands alone, and goes to its end.
    """
    return not request.config.getoption("kept")


@pytest.fixture(autouse=True)
def _say_what_is_proved(request: pytest.FixtureRequest) -> Iterator[None]:
    """
    Put into the report of a proof what it is part of, as the files are when it has ended.
    """
    yield
    if proof := request.node.stash.get(PROOF, None):
        now = proof.subject.digests
        said = (proof.subject.name, proof.subject.kind, now.own, now.rest, proof.whole)
        request.node.user_properties.append(("proved", said))


class Notes:
    """
    What the reports say was proved, and the file that keeps it.
    """

    def __init__(self, config: pytest.Config) -> None:
        # What passes at the second try may be a race; and a part of a module is not the module.
        partial = config.getoption("lf", False) or any("::" in each for each in config.args)
        self._writes = config.getoption("kept") and not partial and not os.environ.get("CI")
        self._passed: set[str] = set()
        self._proved: dict[tuple[tuple[str, str, str, str], int], int] = defaultdict(int)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "teardown" and not report.failed:  # what is skipped is what it was
            self._passed.add(report.nodeid)
        elif report.failed:
            self._passed.discard(report.nodeid)
        elif report.nodeid in self._passed:
            for key, said in report.user_properties:
                if key == "proved":
                    # As xdist brings it: lists.
                    name, kind, own, rest, whole = cast(tuple[str, str, str, str, int], said)
                    self._proved[(name, kind, own, rest), whole] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._proved:
            return
        whole = [line for (line, of), passed in self._proved.items() if of and passed >= of]
        made = sum(passed for (_, of), passed in self._proved.items() if of)
        sample = sum(passed for (_, of), passed in self._proved.items() if not of)
        terminalreporter.write_line(
            f"Proofs: {made} made, which prove {len(whole)} exercises, notebooks or modules; "
            f"of what was proved before, a sample of {sample}."
        )
        if whole and self._writes:
            proven.keep(whole)
            terminalreporter.write_line(f"Kept in tests/{proven.FILE.name}.")
