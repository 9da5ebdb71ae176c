"""
The pytest plugin under which a check runs, in a process of its own.

Everything that happens it tells by messages (messages.py).
"""

import faulthandler
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from workbench import (
    PostgresServer,
    Process,
    RedisServer,
    _waiting,
    checks,
    postgres_server,
    redis_server,
    wait_until,
)
from workbench.errors import CannotJudge, CannotMeasure, CannotStart, Died, WorkbenchError

from . import pace, slips
from .messages import Begun, Broken, Found, Hint, Message, Met, Said, Unmet, to_json

# Taken out of the environment at once: the services must not see how they are judged.
_options = json.loads(os.environ.pop("WORKBENCH_CHECK"))
os.environ.pop("PYTHONPATH", None)
# It has no terminal, so who sends it SIGINT ends it as by any other signal.
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.environ["PYTHONFAULTHANDLER"] = "1"  # a service that hangs or crashes says where

_attempt, _untouched = Path(_options["attempt"]), Path(_options["untouched"])
_report = open(_options["report"], "a", encoding="utf-8")  # noqa: SIM115
_stacks = open(_options["stacks"], "a", encoding="utf-8")  # noqa: SIM115


def tell(message: Message) -> None:
    _report.write(f"{to_json(message)}\n")
    _report.flush()


checks.connect(tell, _attempt, is_right=_options["is_right"])
_waiting.patience = partial(pace.patience, Path(_options["pace"]))


@pytest.fixture(scope="session")
def attempt() -> Path:
    """
    The folder with the reader's service.
    """
    return _attempt


@pytest.fixture(scope="session")
def untouched() -> Path:
    """
    The folder with the exercise's own service, as the reader first found it.
    """
    return _untouched


@pytest.fixture(scope="session")
def seed() -> int:
    """
    What a check draws from: `random.Random(seed)`. The verdict of who asks for it says so.
    """
    drawn: int = _options["seed"]
    return drawn


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    """
    A Redis server, for as long as the check's module runs.
    """
    with redis_server() as server:
        yield server


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """
    A PostgreSQL server, for as long as the check's module runs.
    """
    with postgres_server() as server:
        yield server


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "control: shows that the check can see the fault")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not _is_control(item))  # the control first
    if not _options["control"]:
        items[:] = [item for item in items if not _is_control(item)]


def pytest_collection_finish(session: pytest.Session) -> None:
    for item in session.items:
        text = (getattr(item, "obj").__doc__ or item.name).strip().splitlines()[0].rstrip(".")  # noqa: B009
        if "[" in item.name:
            text += f" ({item.name.partition('[')[2].rstrip(']')})"
        draws = "seed" in getattr(item, "fixturenames", ())
        tell(Found(item.nodeid, text, _is_control(item), draws))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    tell(Begun(item.nodeid, time.monotonic()))
    over = threading.Event()
    threading.Thread(target=_end_at_last, args=(over,), daemon=True).start()
    yield
    over.set()
    return True


def _end_at_last(over: threading.Event) -> None:
    """
    The last resort; whatever a check waits for has a deadline of its own.
    """
    if not wait_until(over.is_set, _options["test_seconds"], every=0.25):
        faulthandler.dump_traceback(_stacks)
        if stuck := checks.find_stuck():
            checks.tell_log(stuck)
        os._exit(1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    result = yield
    if call.excinfo is not None:
        _report_error(item, call.excinfo.value)
        if _is_control(item):
            item.session.shouldstop = "the control failed"
    elif call.when == "call":
        tell(Met())
    return result


def pytest_runtest_setup(item: pytest.Item) -> None:
    if not _is_control(item) and (slip := slips.unreadable(_attempt)):
        raise Unreadable(slip)


class Unreadable(Exception):
    """
    A file of the answer cannot be read.
    """

    def __init__(self, slip: slips.Raised) -> None:
        super().__init__(slip.error)
        self.slip = slip


def _report_error(item: pytest.Item, error: BaseException) -> None:
    why = str(error).splitlines() or [type(error).__name__]
    if isinstance(error, checks.Unmet):
        hint = error.hint
        if not _is_control(item) and (slip := checks.first_slip()):
            hint = _blame(*slip)
        elif process := checks.find_process(error.of):
            checks.tell_log(process)
        tell(Unmet(hint))
        if hint and not _options["to_the_end"]:
            item.session.shouldstop = "the hint is known"
    elif isinstance(error, Unreadable):
        tell(Said([], error.slip.line))
        text = f"It cannot be read: {error.slip.error}, in {error.slip.line}"
        tell(Unmet(Hint("unreadable", text), error.slip.error))
        item.session.shouldstop = "the attempt cannot be read"
    elif isinstance(error, CannotJudge):
        tell(Broken(str(error)))
    elif isinstance(error, WorkbenchError) and not isinstance(
        error, CannotStart | CannotMeasure
    ):
        if error.process is not None:
            checks.tell_log(error.process)
        tell(Unmet(_explain(error), why[0]))
        item.session.shouldstop = "the attempt does not run"
    elif unanswering := checks.find_unanswering(error):
        process, request = unanswering
        checks.tell_log(process)
        text = f"Your service did not answer {request}: what does it do with that request?"
        slip = checks.first_slip()
        tell(Unmet(_blame(*slip) if slip else Hint("unanswered", text), why[0]))
        item.session.shouldstop = "the attempt does not answer"
    else:
        tell(Broken(f"The check itself failed: {type(error).__name__}: {why[0]}"))


def _blame(process: Process, raised: slips.Raised) -> Hint:
    checks.tell_log(process, raised.line)
    key = "slip" if raised.is_a_slip else "raised"
    return Hint(key, f"Your code raised {raised.error}, in {raised.line}")


def _explain(error: WorkbenchError) -> Hint:
    """
    What an error that no check foresaw suggests.
    """
    kind = type(error).__name__
    if error.process:
        exceptions = slips.raised(error.process.log, _attempt)
        # One that lives on has raised other things in its time.
        found = [each for each in exceptions if isinstance(error, Died) or each.is_a_slip]
        if found:
            return _blame(error.process, found[-1])
    texts = {
        "Died": "Your service ended by itself, before it was asked to: its last words say why.",
        "NotReady": "Your service runs, but answers nobody: what does it do before it listens? "
        "(The check aborted it, to learn at which line it was.)",
        "NotSeen": "Your service did not come to where the check waits for it: read its log.",
        "StillRunning": "Your service did not end: what is it waiting for?",
    }
    return Hint(kind, texts.get(kind, "Read what was seen."))


def _is_control(item: pytest.Item) -> bool:
    return item.get_closest_marker("control") is not None
