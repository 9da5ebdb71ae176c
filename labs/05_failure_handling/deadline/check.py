"""
Five callers, who have time, too little, or none, or leave; an archive counts its work for them.
Beside that, a full archive, and two callers behind those who are held there.
Then bursts of callers who leave, silence, and a few who stay.
"""

import asyncio
import json
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from workbench import Process, measured, start, traffic, wait_until
from workbench.checks import Hint, expect, patience, record

STEPS = 40  # that the archive works for each word but "quick"
FEW = 30  # steps: by then it must have been left
RIGHTS_MS = (500, 700)  # between these: for so long rights are checked; who says 400 is seen
TICK_MS = 10  # by which an event loop may wake somebody too early
QUICK_MS, DRIPS_MS = 20_000, 1000
SHORT_MS = 100  # less than checking rights takes
TRIES = 5  # of a caller with so little: once it must be answered before its rights are checked
AT_ONCE = 0.2  # seconds, for who comes with nothing; otherwise it's the machine that is slow
CONNECTIONS = 10  # of the lab's client
# Far more than the client has connections leave, in the order in which they came: so a place is
# handed to somebody who is about to leave as well.
CALLERS, RATES, PATIENCE = 200, (600, 900, 300), 0.6
SILENCE = 0.5  # seconds without a call
TURNS = (1, 2, 3)  # of the event loop, between who leaves first and who leaves then
STAY, STAY_MS = 5, 4000  # callers who stay, after the bursts, all at once, each for so long
IN_VAIN = 8  # seconds; longer nobody waits for an answer
USUAL, USUAL_MS = "quick-usual", 5000  # the caller who says nothing
HELD, HELD_MS = 4 * CONNECTIONS, 50_000  # callers whom the archive holds
WAITS, WAITS_MS = "quick-waits", 20_000  # who comes behind them, and stays
LATE_MS = 1000  # the budget of who comes last; in its time the one before waits on
IN_LINE = 3  # seconds, until those who are held are let go at the latest
BUDGETS = {
    "none": 0,
    "less": -250,
    "short": SHORT_MS,
    "quick": QUICK_MS,
    "drips": DRIPS_MS,
    "leaves": 60_000,
}
TOO_LITTLE = ("none", "less", "short")


class Noted(NamedTuple):
    """
    What the archive did for one word.
    """

    asked: int = 0
    budgets: tuple[str | None, ...] = ()
    steps: int = 0
    busy: int = 0


class Line(NamedTuple):
    """
    What became of the two who came behind those whom the archive held.
    """

    late: int | None  # what the last was answered before they were let go
    status: int | None  # of the one who stayed
    waited_ms: float  # for so long it had certainly been there when they were let go
    asked_before: bool  # for this one the archive was asked while they were held
    told: str | None

    @property
    def most(self) -> float:
        """
        How much of its budget was left at most, when it had waited.
        """
        return WAITS_MS - self.waited_ms + TICK_MS

    @property
    def told_too_much(self) -> bool:
        told = number(self.told)
        return not self.asked_before and told is not None and told > self.most


class Found(NamedTuple):
    """
    What the callers were answered, and what was done for them.
    """

    statuses: dict[str, int | None]
    archive: dict[str, Noted]
    rights_checked: set[str]
    rights_awaited: bool  # for a caller whose budget was over before
    rights_ms: int  # that checking them took
    line: Line | None = None
    answered: int | None = None  # of those who stayed after the bursts, if there were any

    def noted(self, word: str) -> Noted:
        return self.archive.get(word, Noted())

    @property
    def passed_on(self) -> str | None:
        """
        What the archive was told with the word "quick".
        """
        return (self.noted("quick").budgets or (None,))[0]

    @property
    def passed_milliseconds(self) -> float | None:
        return number(self.passed_on)

    @property
    def usual(self) -> str:
        """
        What was done for the caller who says nothing.
        """
        asked = self.noted(USUAL)
        told = f"told {asked.budgets[0]} ms" if asked.asked else "not asked"
        return f"{self.statuses[USUAL]}, and the archive was {told}"

    @property
    def usual_is_right(self) -> bool:
        told = number((self.noted(USUAL).budgets or (None,))[0])
        most = USUAL_MS - self.rights_ms + TICK_MS
        return self.statuses[USUAL] == 200 and told is not None and USUAL_MS / 10 < told <= most


def number(told: str | None) -> float | None:
    try:
        return float(told or "")
    except ValueError:
        return None


def read_archive(archive: Process) -> dict[str, Noted]:
    seen = json.loads(httpx.get(f"{archive.url}/seen", timeout=10).text)
    return {word: Noted(**notes) for word, notes in seen.items()}


def left_alone(archive: Process) -> bool:
    return not any(noted.busy for noted in read_archive(archive).values())


def wait_for_silence(archive: Process) -> None:
    """
    Wait until nobody asks the archive any more, and not for a moment between two calls.
    """
    since: float | None = None

    def silent() -> bool:
        nonlocal since
        if not left_alone(archive):
            since = None
        elif since is None:
            since = time.monotonic()
        return since is not None and time.monotonic() - since > SILENCE

    wait_until(silent, 10)


async def ask(client: httpx.AsyncClient, word: str, budget: int | None = None) -> int | None:
    given = BUDGETS.get(word) if budget is None else budget
    headers = {} if given is None else {"x-budget-ms": f"{given}"}
    try:
        return (await client.get(f"/search/{word}", headers=headers)).status_code
    except httpx.HTTPError:
        return None


async def rights_awaited(client: httpx.AsyncClient, rights_ms: int) -> bool:
    """
    Whether each caller whose budget is over is kept until its rights are checked.

    Who is answered sooner than rights can be checked was not kept. One such answer is enough:
    the others may have met a slow moment.
    """
    kept = False

    async def seconds(word: str) -> float | None:
        began = time.monotonic()
        answered = await ask(client, word)
        return time.monotonic() - began if answered else None

    for _ in range(TRIES):
        nothing, short = await asyncio.gather(seconds("none"), seconds("short"))
        if nothing is None or short is None:  # who says nothing at all is asked once
            return False
        if short < (rights_ms - TICK_MS) / 1000:
            return False
        kept = kept or nothing < AT_ONCE
    return kept


async def ask_and_leave(client: httpx.AsyncClient, archive: Process) -> None:
    """
    Leave as soon as the archive works for this caller.
    """
    caller = asyncio.create_task(ask(client, "leaves"))

    def begun() -> bool:
        return "leaves" in read_archive(archive)

    await asyncio.to_thread(wait_until, begun, 10)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)


async def ask_all(
    service: Process, archive: Process, words: list[str], rights_ms: int
) -> tuple[dict[str, int | None], bool]:
    limit = IN_VAIN * patience()
    async with httpx.AsyncClient(base_url=service.url, timeout=limit) as client:
        leaving = asyncio.create_task(ask_and_leave(client, archive))
        hurry = asyncio.create_task(rights_awaited(client, rights_ms)) if words else None
        answers = await asyncio.gather(*(ask(client, word) for word in words))
        await leaving
        awaited = await hurry if hurry else False
    return dict(zip(words, answers, strict=True)), awaited


async def stand_in_line(service: Process, archive: Process) -> Line | None:
    """
    Fill the archive, send two more, and let the first go when the last of all is answered.
    Nothing is known of a service that does not check the rights of those who come.
    """

    async def rights_begun(word: str, times: int = 1) -> bool:
        line = f"checking rights for {word}"

        def begun() -> bool:
            return sum(line in each.text for each in service.log) >= times

        return await asyncio.to_thread(wait_until, begun, IN_VAIN / 2)

    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=service.url, limits=limits, timeout=IN_VAIN * patience()
    ) as client:
        held = [asyncio.create_task(ask(client, "held", HELD_MS)) for _ in range(HELD)]
        if not await rights_begun("held", HELD):
            return None
        stays = asyncio.create_task(ask(client, WAITS, WAITS_MS))
        await rights_begun(WAITS)
        began = time.monotonic()
        last = asyncio.create_task(ask(client, "held-late", LATE_MS))
        await asyncio.wait([last], timeout=IN_LINE * patience())
        late = last.result() if last.done() else None
        waited = time.monotonic() - began
        before = read_archive(archive).get(WAITS, Noted()).asked > 0
        httpx.get(f"{archive.url}/let-go", timeout=10)
        status, *_ = await asyncio.gather(stays, last, *held)
    budgets = read_archive(archive).get(WAITS, Noted()).budgets
    return Line(late, status, 1000 * waited, before, (budgets or (None,))[0])


def run_line(folder: Path, untouched: Path, rights_ms: int) -> Line | None:
    """
    Service and archive of their own, for those who stand in line.
    """
    with running(folder, untouched, "yours, in line", rights_ms) as (service, archive):
        line = asyncio.run(stand_in_line(service, archive))
        service.kill()  # some would work on for those who have left
    return line


async def stay(client: httpx.AsyncClient) -> int:
    """
    How many of those who stay are answered; each needs the archive for two seconds.
    """
    asked = (ask(client, "stays", STAY_MS) for _ in range(STAY))
    return (await asyncio.gather(*asked)).count(200)


async def answered_by_shared_client(archive: Process) -> int:
    """
    Callers share a client like the lab's, and leave: who is answered then.

    Some have a connection each, and as many wait for one. The first leave together; some turns
    of the event loop later, when their places have been handed on, those who waited.
    """

    def places_taken() -> bool:
        return read_archive(archive).get("leaves", Noted()).busy == CONNECTIONS

    limits, patience = httpx.Limits(max_connections=CONNECTIONS), httpx.Timeout(2, pool=1)
    async with httpx.AsyncClient(
        base_url=archive.url, limits=limits, timeout=patience
    ) as shared:
        for turns in TURNS:
            callers = [
                asyncio.create_task(ask(shared, "leaves")) for _ in range(2 * CONNECTIONS)
            ]
            await asyncio.to_thread(wait_until, places_taken, 0.5)  # those that are left
            for number, caller in enumerate(callers):
                if number == CONNECTIONS:
                    for _ in range(turns):
                        await asyncio.sleep(0)
                caller.cancel()
            await asyncio.gather(*callers, return_exceptions=True)
        return await stay(shared)


async def ask_and_stay(service: Process) -> int:
    limit = IN_VAIN * patience()
    async with httpx.AsyncClient(base_url=service.url, timeout=limit) as callers:
        return await stay(callers)


def answered_after_bursts(service: Process, archive: Process) -> int:
    """
    Bursts of callers who leave, silence: who is answered then.
    """
    for rate in RATES:
        burst = f"{service.url}/search/burst"
        with traffic(burst, rate=rate, requests=CALLERS, timeout=PATIENCE) as load:
            load.wait(CALLERS)
    wait_for_silence(archive)
    return asyncio.run(ask_and_stay(service))


@contextmanager
def running(
    folder: Path, untouched: Path, name: str, rights_ms: int
) -> Iterator[tuple[Process, Process]]:
    """
    Service and archive, started.
    """
    with start(
        "python archive.py {port}", ready="port", name=f"archive, {name}", cwd=untouched
    ) as archive:
        command = "uvicorn service:app --port {port} --no-access-log"
        env = {"ARCHIVE": archive.url, "RIGHTS_SECONDS": str(rights_ms / 1000)}
        service = start(command, ready="/healthz", name=name, cwd=folder, env=env, timeout=15)
        with service:
            yield service, archive


def run(folder: Path, untouched: Path, name: str, words: list[str], rights_ms: int) -> Found:
    """
    Send the callers, wait until nobody works any more.
    """
    with running(folder, untouched, name, rights_ms) as (service, archive):
        statuses, awaited = asyncio.run(ask_all(service, archive, words, rights_ms))
        wait_until(lambda: left_alone(archive), 10)
        notes = read_archive(archive)
        record(name, None, service)
    lines = [line.text for line in service.log if "checking rights for" in line.text]
    return Found(statuses, notes, {line.split()[-1] for line in lines}, awaited, rights_ms)


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    return (
        diagnose_budget(found)
        or diagnose_end(found)
        or diagnose_rest(found)
        or diagnose_line(found)
    )


def diagnose_budget(found: Found) -> Hint | None:
    """
    What is wrong with the number that the archive is told.
    """
    told = found.passed_milliseconds
    if not found.noted("quick").asked:
        return None
    if found.passed_on is None:
        return Hint(
            "passes-nothing",
            "The archive was asked without x-budget-ms. How is it to know when to stop?",
        )
    if told is None or told > QUICK_MS or told <= 0:
        return Hint(
            "passes-a-clock",
            f"The caller gave {QUICK_MS} ms, the archive was told {found.passed_on}. Whose "
            "clock is that, and what does the archive's own say?",
        )
    if told > QUICK_MS - found.rights_ms + TICK_MS:
        return Hint(
            "passes-the-whole",
            f"The caller gave {QUICK_MS} ms, checking rights took {found.rights_ms} of them, "
            f"and the archive was told {found.passed_on}. How much was left?",
        )
    if told < QUICK_MS / 1000:
        return Hint(
            "passes-seconds",
            f"The caller gave {QUICK_MS} ms, the archive was told {found.passed_on} ms. In "
            "which unit is your number?",
        )
    return None


def diagnose_end(found: Found) -> Hint | None:
    """
    What did not end, or began too late.
    """
    drips, status = found.noted("drips"), found.statuses["drips"]
    leaves = found.noted("leaves")
    if drips.steps >= FEW and status == 504:
        return Hint(
            "goes-on-unseen",
            f"The caller was told 504, and the archive worked {drips.steps} of {STEPS} steps, "
            "with its connection open. Where in your service did that call still run, and who "
            "could have ended it?",
        )
    if drips.steps >= FEW:
        return Hint(
            "limits-each-read",
            f"The caller had {DRIPS_MS} ms. The archive sent a piece every 50 ms, "
            f"{drips.steps} of them, and nothing stopped it. From when to when does your limit "
            "run?",
        )
    begun = found.rights_checked & {"none", "less"} or {
        word for word in TOO_LITTLE if found.noted(word).asked
    }
    if begun:
        return Hint(
            "begins-with-nothing-left",
            f"A budget of {BUDGETS[min(begun)]} ms, and yet something was begun with it. What "
            "must be asked before each step, and not only after it?",
        )
    if drips.asked and (status != 504 or drips.asked > 1 or leaves.asked > 1):
        return Hint(
            "keeps-the-cancellation",
            f"The budget was over, the archive was left, and the caller was told {status}; the "
            f"archive was asked {drips.asked} times. A limit ends work by an exception: who "
            "else catches it?",
        )
    if leaves.steps >= FEW:
        return Hint(
            "works-for-nobody",
            f"The caller left when the archive had begun, and the archive worked all "
            f"{leaves.steps} steps. How does your endpoint learn that the caller has left, and "
            "does the news get past the middleware?",
        )
    return None


def diagnose_rest(found: Found) -> Hint | None:
    """
    What is left, when all ended that had to.
    """
    quick, told = found.statuses["quick"], found.passed_milliseconds
    if quick == 200 and told is not None and told <= USUAL_MS:
        return Hint(
            "a-most-of-five",
            f"The caller gave {QUICK_MS} ms, the archive was told {found.passed_on}. To whom "
            "does the task give five seconds?",
        )
    if quick == 200 and not found.usual_is_right:
        return Hint(
            "who-says-nothing",
            f"A caller came without x-budget-ms: {found.usual}. For how long does the task say "
            "that it waits?",
        )
    if quick == 200 and found.answered is not None and found.answered < STAY:
        return Hint(
            "loses-places",
            f"{len(RATES)} times {CALLERS} callers left, and the archive had nothing to do any "
            f"more. Then {STAY} came who stayed, and {found.answered} of them were answered. "
            "What does a call that was cancelled leave behind, and where?",
        )
    if quick == 504:
        return Hint(
            "refuses-who-has-time",
            f"Callers with time were answered {quick}. Whose budget was over?",
        )
    return None


def diagnose_line(found: Found) -> Hint | None:
    """
    What a limit that ends all calls to the archive does not end.
    """
    line = found.line
    if found.rights_awaited:
        return Hint(
            "rights-without-a-limit",
            f"A caller came with {SHORT_MS} ms, {TRIES} times, and each time its 504 came when "
            f"its rights were checked, which takes {found.rights_ms}. Where does your limit "
            "begin?",
        )
    if line and line.late is None:
        return Hint(
            "line-without-a-limit",
            f"The archive held {HELD} calls. Behind them came a caller with {LATE_MS} ms, and "
            "it had no answer until they were let go. For what does it wait in your service, "
            "and does your limit run there?",
        )
    if line and line.told_too_much:
        return Hint(
            "told-before-the-line",
            f"A caller with {WAITS_MS} ms waited in your service for "
            f"{measured(line.waited_ms, 'ms')}, since the archive was full. Then the archive "
            f"was asked, and told {line.told} ms. When is that number made, and when is it "
            "read?",
        )
    return None


@pytest.fixture(scope="module")
def rights_ms(seed: int) -> int:
    """
    For how long rights are checked.
    """
    return random.Random(seed).randint(*RIGHTS_MS)


@pytest.mark.control
def test_control(untouched: Path, rights_ms: int) -> None:
    """The archive works for a caller who has left; a shared client loses its connections."""

    def share() -> int:
        with start(
            "python archive.py {port}", ready="port", name="archive, control", cwd=untouched
        ) as archive:
            return asyncio.run(answered_by_shared_client(archive))

    with ThreadPoolExecutor(1) as pool:
        sharing = pool.submit(share)
        found = run(untouched, untouched, "untouched", [], rights_ms)
        answered = sharing.result()

    expect(
        found.noted("leaves").steps == STEPS and answered < STAY,
        done="a caller of the untouched service left when the archive had begun; and "
        f"{2 * CONNECTIONS} callers who shared a client of {CONNECTIONS} connections left, "
        f"three times, and {STAY} came who stayed",
        expected=f"all {STEPS} steps worked, for nobody; and not all of the {STAY} answered",
        seen=f"{found.noted('leaves').steps} steps; {answered} of {STAY} answered",
    )


@pytest.fixture(scope="module")
def found(attempt: Path, untouched: Path, rights_ms: int) -> Found:
    with ThreadPoolExecutor(1) as pool:
        in_line = pool.submit(run_line, attempt, untouched, rights_ms)
        words = [*TOO_LITTLE, "quick", USUAL, "drips"]
        found = run(attempt, untouched, "yours", words, rights_ms)
        found = found._replace(line=in_line.result())
    if found.noted("leaves").steps >= FEW:
        return found  # it would work for all who leave, and everybody else wait for that
    with running(attempt, untouched, "yours, in bursts", rights_ms) as (service, archive):
        answered = answered_after_bursts(service, archive)
        service.kill()  # some would work on for those who have left
    return found._replace(answered=answered)


def test_passes_on_what_is_left(found: Found) -> None:
    """A caller with time is answered, and the archive is told how much is left."""
    told = found.passed_milliseconds
    words = "no budget" if found.passed_on is None else f"{found.passed_on} ms"
    most = QUICK_MS - found.rights_ms + TICK_MS
    right = told is not None and USUAL_MS < told <= most
    expect(
        right and found.statuses["quick"] == 200,
        done=f"a caller came with {QUICK_MS} ms; checking rights took {found.rights_ms} of "
        "them",
        expected=f"200, and the archive is told at most {QUICK_MS - found.rights_ms} ms",
        seen=f"{found.statuses['quick']}, and the archive was told "
        + (measured(told, "ms") if right and told is not None else words),
        hint=diagnose(found),
    )


def test_who_says_nothing(found: Found) -> None:
    """Who says nothing has five seconds."""
    expect(
        found.usual_is_right,
        done=f"a caller came without x-budget-ms; checking rights took {found.rights_ms} ms",
        expected=f"200, and the archive is told at most {USUAL_MS - found.rights_ms} ms",
        seen="200, and the archive was told so" if found.usual_is_right else found.usual,
        hint=diagnose(found),
    )


def test_budget_over(found: Found) -> None:
    """When the budget is over, the caller is answered 504 and the archive is left."""
    steps, status = found.noted("drips").steps, found.statuses["drips"]
    expect(
        steps < FEW and status == 504,
        done=f"a caller came with {DRIPS_MS} ms; the archive sent {STEPS} drops, 50 ms apart",
        expected=f"504, and fewer than {FEW} steps",
        seen=f"{status}, and {measured(steps) if steps < STEPS else steps} steps",
        hint=diagnose(found),
    )


def test_rights_within_the_budget(found: Found) -> None:
    """Who has too little time for its rights is answered before they are checked."""
    expect(
        not found.rights_awaited,
        done=f"callers came with {SHORT_MS} ms; checking rights takes {found.rights_ms}",
        expected="one at least is answered before its rights can be checked",
        seen="none was" if found.rights_awaited else "one was",
        hint=diagnose(found),
    )


def test_in_line(found: Found) -> None:
    """Who comes to a full archive is answered in time; the archive hears what is left then."""
    line = found.line or Line(None, None, 0.0, asked_before=False, told=None)
    answered = f"answered {line.late}" if line.late else "not answered"
    told = "too much" if line.told_too_much else "no more than was left"
    expect(
        line.late == 504 and line.status == 200 and not line.told_too_much,
        done=f"the archive held {HELD} calls; behind them came one caller with {WAITS_MS} ms "
        f"and one with {LATE_MS}; then all were let go",
        expected="the last answered 504 before they were let go; 200 for the one before, and "
        "the archive told no more than was left",
        seen=f"the last {answered} before; {line.status} for the one before, and the archive "
        f"told {told}",
        hint=diagnose(found),
    )


def test_caller_leaves(found: Found) -> None:
    """When the caller leaves, the archive is left, too."""
    noted = found.noted("leaves")
    expect(
        noted.asked == 1 and noted.steps < FEW,
        done="the caller left when the archive had begun",
        expected=f"fewer than {FEW} of {STEPS} steps",
        seen=f"{measured(noted.steps) if noted.steps < STEPS else noted.steps} steps",
        hint=diagnose(found),
    )


def test_nothing_left(found: Found) -> None:
    """With no budget left, nothing is begun."""
    statuses = [found.statuses[word] for word in TOO_LITTLE]
    asked = sum(found.noted(word).asked for word in TOO_LITTLE)
    rights = found.rights_checked & {"none", "less"}
    expect(
        set(statuses) == {504} and not asked and not rights,
        done=f"callers came with {', '.join(str(BUDGETS[word]) for word in TOO_LITTLE)} ms",
        expected="504 for each, rights checked for the last only, the archive not asked",
        seen=f"{', '.join(map(str, statuses))}, rights {'' if rights else 'not '}checked for "
        f"the first two, the archive asked for {asked}",
        hint=diagnose(found),
    )


def test_bursts(found: Found) -> None:
    """After bursts of callers who leave, those who stay are answered."""
    expect(
        found.answered == STAY,
        done=f"{len(RATES)} times {CALLERS} callers came, and left one after the other; "
        f"when the archive had nothing to do any more, {STAY} came who stayed",
        expected=f"all {STAY} answered 200 within {STAY_MS / 1000:g} s",
        seen="no bursts were sent: already one who left is worked for"
        if found.answered is None
        else f"{found.answered} of {STAY}",
        hint=diagnose(found),
    )
