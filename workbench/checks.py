"""
What an exercise's `check.py` is written with, beside the experiments' own tools.

A check is a pytest file of one form: the attack, what was seen of it, why it is so, and what is
required. The first line of a test's docstring is the requirement, `expect()` judges it, and
`record()` keeps a run for the plot. Two fixtures are folders with a service in them: `attempt`,
the reader's, and `untouched`, the given one; `redis` and `postgres` are servers. The test
marked `control` runs the untouched service under the same load and must see the fault; if it
can't, nothing is judged. An `@explanation` leads from what was seen to a hint in `hints.toml`,
and runs only when a claim is not met.

On a slow machine whatever `wait_until()`, `ends()`, `start()` and `wait_log()` wait for may
take longer. What a check hands out, it stretches itself: by `patience()` a deadline that the
service is told, by `at_once()` the runs that share the machine.
"""

import http.client
import re
import select
import socket
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import NamedTuple, TypeVar

from . import _process, _waiting
from ._process import LogLine, Process, start
from ._traffic import Load, Run
from ._waiting import wait_until
from .exercises import messages, slips
from .exercises.messages import Hint

__all__ = [
    "Answer",
    "Call",
    "Explanation",
    "Hint",
    "Run",
    "ask",
    "at_once",
    "ends",
    "expect",
    "explanation",
    "patience",
    "record",
    "start_service",
]

Seen = TypeVar("Seen")

# A check that is run by pytest alone tells nobody.
_tell: Callable[[messages.Message], None] = lambda _message: None  # noqa: E731
_attempt = Path()
_is_right = False
_began = time.monotonic()
_started: list[Process] = []  # by this check


def connect(tell: Callable[[messages.Message], None], attempt: Path, *, is_right: bool) -> None:
    """
    Say whom to tell what happens, where the reader's service is, and whether it is known to be
    right: done by the plugin.
    """
    global _tell, _attempt, _is_right
    _tell, _attempt, _is_right = tell, attempt, is_right
    _process.noticed = _started.append


class Unmet(AssertionError):
    """
    A requirement is not met.
    """

    def __init__(self, seen: str, hint: Hint | None, of: str = "") -> None:
        super().__init__(seen)
        self.hint, self.of = hint, of


class Unfounded(AssertionError):
    """
    A right answer would be given a hint, so the hint states what was not observed.
    """


class Explanation:
    """
    Why a claim is not met; nothing is made of it before it is not. Made by `@explanation`.
    """

    def __init__(
        self, keys: Callable[[], Iterator[str]], sentences: Path, names: "_Names"
    ) -> None:
        self._keys, self._sentences, self._names = keys, sentences, names

    def hint(self) -> Hint | None:
        """
        The first key, and its sentence; nothing if no key explains what was seen.

        That the claim is not met was measured, so a mistake in the explanation takes nothing
        back: the key is then "unexplained", which no known answer expects.
        """
        try:
            for key in self._keys():
                sentences = tomllib.loads(self._sentences.read_text(encoding="utf-8"))
                return Hint(key, sentences[key].format_map(self._names))
        except Exception as error:  # noqa: BLE001, whatever it is
            why = f"{type(error).__name__}: {error}"
            return Hint("unexplained", f"Why it is so, this check can't say ({why}).")
        return None


class _Names:
    """
    What stands in the braces of a sentence: what was seen, and the check's constants.
    """

    def __init__(self, seen: object, constants: Mapping[str, object]) -> None:
        self._seen, self._constants = seen, constants

    def __getitem__(self, name: str) -> object:
        return self._constants[name] if name.isupper() else getattr(self._seen, name)


def explanation(explain: Callable[[Seen], Iterator[str]]) -> Callable[[Seen], Explanation]:
    """
    Make of a function that yields keys, from cause to symptom, one that explains with a hint.

        @explanation
        def explain(seen: Seen) -> Iterator[str]:
            if seen.misses < ASKED:
                yield "opens-on-404"

    Its sentence stands in `hints.toml`, beside the check. In braces are what was seen, by the
    names of its attributes, and the check's constants: "{misses} of {ASKED} reached the stock".
    """

    @wraps(explain)
    def explained(seen: Seen) -> Explanation:
        sentences = Path(explain.__code__.co_filename).with_name("hints.toml")
        return Explanation(lambda: explain(seen), sentences, _Names(seen, explain.__globals__))

    return explained


class Expect:
    """
    Judge the requirement of a test.
    """

    # A `Hint` that is made beforehand is for the checks that have no `hints.toml` yet.
    def __call__(
        self,
        condition: object,
        *,
        done: str,
        expected: str,
        seen: object,
        hint: Explanation | Hint | None = None,
        of: str = "",
    ) -> None:
        """
        Judge whatever can be said of it.

        Args:
            condition: Anything; its truth decides.
            done: What the check did to the service.
            expected: What a good service then shows.
            seen: What this one showed.
            hint: What that suggests; a control needs none.
            of: The name of the process that it is about, whose last words are then shown; the
                one that was recorded last, if nothing is given.
        """
        _tell(messages.Facts(done, expected, str(seen)))
        if condition and not _is_right:
            return
        given = hint.hint() if isinstance(hint, Explanation) else hint
        if not condition:
            raise Unmet(str(seen), given, of)
        if given:
            msg = f"nothing is wrong, and the hint would be {given.key!r}: {given.text}"
            raise Unfounded(msg)

    def equal(
        self,
        seen: int,
        expected: int,
        what: str,
        *,
        done: str,
        hint: Explanation | None = None,
    ) -> None:
        """
        Judge a number.

            expect.equal(seen.errors, 5, "calls at the stock", done="...", hint=explain(seen))
        """
        self(
            seen == expected,
            done=done,
            expected=f"{expected} {what}",
            seen=f"{seen} {what}",
            hint=hint,
        )


expect = Expect()


def start_service(
    folder: Path, name: str, *, env: Mapping[str, str] | None = None, workers: int = 1
) -> Process:
    """
    Start the service in a folder by uvicorn; it is ready when each worker is.
    """
    command = "uvicorn service:app --port {port} --no-access-log"
    if workers > 1:
        # A worker that a slow machine lets wait is not dead.
        command += f" --workers {workers} --timeout-worker-healthcheck 60"
    service = start(command, ready="/healthz", name=name, cwd=folder, env=env)
    if workers > 1:
        service.wait_log("Application startup complete", times=workers)
    return service


class Answer(NamedTuple):
    """
    What was answered; without an answer there is no status, and the text is the error's name.
    """

    status: int | None
    text: str


def ask(
    service: Process,
    path: str,
    *,
    method: str = "GET",
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 5.0,
) -> Answer:
    """
    Ask on a new connection. The time-out is as it is said, also on a slow machine.
    """
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=timeout)
    try:
        connection.request(method, path, body and body.encode(), dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode(errors="replace"))
    except (OSError, http.client.HTTPException) as error:
        return Answer(None, type(error).__name__)
    finally:
        connection.close()


class Call:
    """
    A customer who has asked on a connection of their own, and waits, or hangs up.
    """

    def __init__(self, service: Process, path: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", service.port or 0), timeout=5)
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        self._socket.sendall(head.encode())

    def answered(self) -> bool:
        """
        Whether there is an answer by now, if only the end of the connection.
        """
        return bool(select.select([self._socket], [], [], 0)[0])

    def status(self) -> int | None:
        """
        Of the answer, if there is one by now.
        """
        if not self.answered():
            return None
        words = self._socket.recv(100, socket.MSG_PEEK).split()
        return int(words[1]) if len(words) > 1 else None

    def hang_up(self) -> None:
        self._socket.close()


def ends(service: Process, *, within: float) -> bool:
    """
    Wait for a service to end by itself; whether it did. One that did not is killed.
    """
    if wait_until(lambda: not service.running, within):
        service.wait()  # for its last words
        return True
    service.kill()
    return False


def patience() -> float:
    """
    By what to multiply a deadline that the service is told: 1, or more on a slow machine.
    """
    return _waiting.patience(_began)


def at_once(most: int) -> int:
    """
    How many runs go side by side: `most`, or one after the other where the machine is slow.
    """
    return most if patience() == 1 else 1


def record(name: str, load: Load | None, service: Process) -> None:
    """
    Keep a run for the plot, if it has one, and what the reader's service said last.
    """
    if load is not None:
        _tell(messages.Recorded(name, Run(load.samples, load.marks)))
    tell_log(service)


def tell_log(service: Process, line: str = "") -> None:
    """
    Keep what the reader's service said last, and the line of theirs that it speaks of.
    """
    if service.cwd.is_relative_to(_attempt):
        lines = [line.replace(f"{_attempt}/", "") for line in service.tail().split("\n")]
        line = line or blamed_line(service.log, _attempt)
        _tell(messages.Said([*filter(None, lines)], line))


def blamed_line(log: list[LogLine], folder: Path) -> str:
    """
    The innermost line in `folder` of the last traceback in a log: "service.py:31: sys.exit(0)".

    Tracebacks of a CancelledError are passed over: what is cancelled is not to blame.
    """
    place = re.compile(rf'File "{re.escape(str(folder))}/([^"]+)", line (\d+)')
    found: tuple[str, int] | None = None
    before = found
    innermost_first = False
    for _, text in log:
        if "(most recent call last)" in text:
            before, innermost_first = found, False
        elif "(most recent call first)" in text:  # a stack dump, not an exception
            found, innermost_first = None, True
        elif "CancelledError" in text:
            found = before
        elif (match := place.search(text)) and not (innermost_first and found):
            found = match[1], int(match[2])
    if found is None:
        return ""
    return slips.line_of(folder / found[0], found[1])


def first_slip() -> tuple[Process, slips.Raised] | None:
    """
    The first process of the reader's code that has raised what no answer raises on purpose.
    """
    for process in _started:
        for raised in slips.raised(process.log, _attempt):
            if raised.is_a_slip:
                return process, raised
    return None


def find_process(name: str) -> Process | None:
    """
    The one that this check has started last under a name.
    """
    return next((each for each in reversed(_started) if each.name == name), None)


def find_unanswering(error: BaseException) -> tuple[Process, str] | None:
    """
    The reader's process that has left a request of httpx without an answer, and the request.
    """
    # Not imported here: half a second, for the checks that have no use for it.
    if type(error).__module__.partition(".")[0] != "httpx" or not hasattr(error, "request"):
        return None
    url = error.request.url
    for process in _started:
        if process.port == url.port and process.cwd.is_relative_to(_attempt):
            return process, f"{error.request.method} {url.path}"
    return None


def find_stuck() -> Process | None:
    """
    A process of the reader's that runs, aborted to learn at which line it was.
    """
    stuck = [each for each in _started if each.running and each.cwd.is_relative_to(_attempt)]
    for process in stuck:
        process.abort()
    at_a_line = [each for each in stuck if blamed_line(each.log, _attempt)]
    return next(iter(at_a_line or stuck), None)
