"""
Of what was seen: what is a problem, what depends on what is around the service, what went well.

No attack is made here, and nothing is printed. What has one cause is found once: whoever finds
it again names the same cause.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from . import connections
from .calm import Calm
from .connections import Beside, HalfSent, Open
from .options import Options, Request
from .settings import Without
from .signals import Killed, Signalled, Start
from .upstream import HANGS, PATIENCE, RECOVERS, Suffered, Upstream

PROBLEM, DEPENDS, WELL, UNTRIED = "problem", "depends", "well", "untried"

# The notebooks that explain it, by the names of their folders.
LOST = "1.1_what_gets_lost"
HANDLERS = "1.2_fastapi"
WORKERS = "1.3_gunicorn"
PROCESSES = "1.4_docker"
SETTINGS = "2.1_layers"
BREAKER = "5.1_circuit_breaker"
TIMEOUT = "5.3_timeout"
POOLS = "6.1_connection_pools"

TOGETHER = "Does it run in a container or a systemd unit? Then all of it is killed together."
STOPS_FIRST = "Does whoever sends stop before the signal: a pause in preStop, a balancer?"
BUFFERS = "Is there a proxy in front that takes in a whole request first (nginx does)?"
MANY_SLOW = (
    "How many slow requests come at a time? More workers or threads than that are needed."
)
INTERRUPTS = "Who sends SIGINT: only a terminal, or a platform, by STOPSIGNAL or KillSignal?"
WHOSE_FAULT = "Shall callers see that? 502, 503 or 504 would say whose fault it is."
PAUSE = "Is that a breaker's pause? Then it is right; dead connections in a pool are not."
GROWS = "Does it go on for an hour? A pool stops growing, a leak does not."
RECONNECTS = "Do your clients reconnect, and say what they saw last?"
DEFAULT = "Has it a default, and is that one meant for production?"


class Finding(NamedTuple):
    """
    What was done, what was expected, what was seen; `cause` tells what has the same cause.
    """

    level: str
    cause: str
    done: str
    seen: str
    expected: str = ""
    notebook: str = ""
    question: str = ""
    also: tuple[str, ...] = ()  # what else was done, and showed the same cause


@dataclass
class Seen:
    """
    What the attacks have seen; None, or nothing, where one was not made.
    """

    calm: Calm
    beside: Beside | None = None
    sigterm: Signalled | None = None
    start: list[Start] = field(default_factory=list)
    second: Signalled | None = None
    sigint: Signalled | None = None
    open: Open | None = None
    half_sent: HalfSent | None = None
    upstreams: list[Upstream] = field(default_factory=list)
    without: dict[str, Without] = field(default_factory=dict)
    killed: Killed | None = None
    untried: dict[str, str] = field(default_factory=dict)  # what, and why

    @property
    def ends(self) -> bool:
        """
        Whether it ends by SIGTERM when nothing is asked; else much else says nothing.
        """
        return self.calm.stopped_after is not None

    @property
    def reaches_all(self) -> bool:
        """
        Whether SIGTERM reaches all of its processes.
        """
        if self.sigterm is None:
            return not any(each.orphans for each in self.start)
        return not self.sigterm.orphans


def findings(seen: Seen, options: Options) -> list[Finding]:
    """
    All of them; of those with one cause, the first, with what else it explains.
    """
    found = [
        *_calm(seen, options),
        *_sigterm(seen, options),
        *_start(seen),
        *_second(seen),
        *_sigint(seen, options),
        *_open(seen, options),
        *_half_sent(seen, options),
        *_beside(seen, options),
        *(each for upstream in seen.upstreams for each in _upstream(upstream)),
        *_without(seen),
        *_killed(seen, options),
        *(Finding(UNTRIED, what, what, why) for what, why in seen.untried.items()),
    ]
    return _once(found)


def _once(found: list[Finding]) -> list[Finding]:
    first: dict[str, Finding] = {}
    kept: list[Finding] = []
    for finding in found:
        if finding.level not in (PROBLEM, DEPENDS) or finding.cause not in first:
            if finding.level in (PROBLEM, DEPENDS):
                first[finding.cause] = finding
            kept.append(finding)
            continue
        before = first[finding.cause]
        merged = before._replace(also=(*before.also, finding.done))
        kept[kept.index(before)] = first[finding.cause] = merged
    return kept


def _calm(seen: Seen, options: Options) -> Iterator[Finding]:
    calm = seen.calm
    for fault in calm.faults:
        yield Finding(PROBLEM, fault, "nothing at all", fault, "an answer")
    if options.slowest and calm.slow and calm.seconds[calm.slow] > options.slowest:
        yield Finding(
            PROBLEM,
            "slower than planned",
            f"{calm.slow} in calm",
            f"an answer after {seconds(calm.seconds[calm.slow])}: at a stop it is cut off",
            f"one within the {options.slowest:g} s that the plan calls the slowest",
            PROCESSES,
        )
    if not seen.ends:
        yield Finding(
            PROBLEM,
            "does not end",
            "SIGTERM while nothing was asked",
            f"it still ran {options.grace:g} s later, when a platform kills it",
            f"an end within --grace {options.grace:g}",
            HANDLERS,
        )


def _sigterm(seen: Seen, options: Options) -> Iterator[Finding]:
    load = seen.sigterm
    if load is None:
        return
    done = f"SIGTERM with {_in_flight(load)}"
    if load.streams:
        done += f" and {_many(sum(load.streams.values()), 'stream')} open"
    end = f"{load.ended} after {seconds(load.ended_after)}"
    if load.ended_after is None:
        cause = "does not end" if not seen.ends else "does not end under load"
        yield Finding(
            PROBLEM,
            cause,
            done,
            f"it still ran {options.grace:g} s later, when a platform kills it",
            f"an end within --grace {options.grace:g}",
            HANDLERS,
        )
    elif load.orphans:
        what = ", its port open" if load.serves_on else ""
        yield Finding(
            PROBLEM,
            "orphans",
            done,
            f"its first process ended ({load.ended}), but {len(load.orphans)} ran on{what}:"
            f" `{load.orphans[0][:50]}`",
            "nothing is left",
            PROCESSES,
        )
    elif not seen.calm.handles_sigterm and load.ended == "by SIGTERM":
        yield Finding(
            PROBLEM,
            "no handler",
            done,
            f"{load.lost} lost; it has no handler and ends on the spot; as PID 1 of a"
            " container it would run on until SIGKILL"
            if load.in_flight
            else "it has no handler: what is in flight would be lost, and as PID 1 of a"
            " container it would run on until SIGKILL",
            "all are answered, then an end",
            LOST,
        )
    elif load.lost:
        yield Finding(PROBLEM, "lost", done, f"{_lost(load)}; {end}", "all are answered", LOST)
    elif not load.in_flight and not load.streams:
        remedy = "try again" if seen.calm.slow else "name a slow route by --request"
        yield Finding(UNTRIED, "lost", done, f"{end}; {remedy}")
    else:
        yield Finding(WELL, "lost", done, f"{_answered(load)}; {end}")
    if load.ended_after is not None and not load.serves_on and seen.calm.handles_sigterm:
        yield from _late(load, options)
        yield from _streams(load)
    if load.after:
        yield Finding(
            PROBLEM,
            "data",
            f"--after, with {load.accepted} writes accepted",
            load.after,
            "exit 0",
            LOST,
        )


def _late(load: Signalled, options: Options) -> Iterator[Finding]:
    """
    Those whom at most the kernel had accepted when the signal came.
    """
    lost = load.queued_lost + load.later_lost
    if not lost:
        return
    seen = f"{_many(lost, 'request')} cut off that had not reached it by then"
    level = {None: DEPENDS, "none": PROBLEM}.get(options.front, WELL)
    yield Finding(
        level,
        "late",
        "SIGTERM under load",
        seen,
        "whoever sends stops before the signal",
        LOST,
        STOPS_FIRST if level == DEPENDS else "",
    )


def _streams(load: Signalled) -> Iterator[Finding]:
    if load.streams:
        words = ", ".join(f"{number} {how}" for how, number in load.streams.items())
        level = WELL if set(load.streams) == {"ended"} else DEPENDS
        yield Finding(
            level, "streams", "streams at SIGTERM", words, "an end", HANDLERS, RECONNECTS
        )


def _start(seen: Seen) -> Iterator[Finding]:
    if not seen.start:
        return
    done = "SIGTERM during start"
    ignored = [each for each in seen.start if each.ended_after is None]
    orphans = [each for each in seen.start if each.orphans]
    if ignored:
        what = f"it still ran {ignored[0].within:.0f} s later"
        what += ", its port open" if ignored[0].serves_on else ""
        cause = "start" if seen.ends else "does not end"
        when = f"at {_shares(ignored)} of it; {what}"
        yield Finding(PROBLEM, cause, done, when, "an end", PROCESSES)
    if orphans:
        cause = "start orphans" if seen.reaches_all else "orphans"
        what = f"at {_shares(orphans)} of it; {orphans[0].orphans} of its processes ran on"
        yield Finding(PROBLEM, cause, done, what, "nothing is left", PROCESSES)
    if not ignored and not orphans:
        longest = max(each.ended_after or 0 for each in seen.start)
        what = f"at {len(seen.start)} moments, an end within {seconds(longest)}"
        if any(each.traceback for each in seen.start):
            what += ", now and then with a traceback"
        yield Finding(WELL, "start", done, what)


def _shares(starts: list[Start]) -> str:
    return ", ".join(f"{100 * each.share:.0f} %" for each in starts)


def _second(seen: Seen) -> Iterator[Finding]:
    second = seen.second
    if second is None:
        return
    done = "a second SIGTERM"
    if not second.second_came_in_time:
        yield Finding(UNTRIED, "second", done, "the first had ended it before")
    elif second.ended_after is None:
        yield Finding(PROBLEM, "does not end", done, "it did not end", "an end", HANDLERS)
    else:
        what = f"{second.lost} of {second.in_flight} in flight cut off"
        end = f"{second.ended} after {seconds(second.ended_after)}"
        yield Finding(
            WELL, "second", done, f"{what if second.lost else _answered(second)}; {end}"
        )


def _sigint(seen: Seen, options: Options) -> Iterator[Finding]:
    load = seen.sigint
    if load is None:
        return
    done = f"SIGINT with {_in_flight(load)}"
    end = f"{load.ended} after {seconds(load.ended_after)}"
    if load.ended_after is None:
        what = "it did not end"
    elif load.orphans:
        what = f"{len(load.orphans)} of its processes ran on"
    elif load.lost:
        what = f"{_lost(load)}; {end}"
    else:
        yield Finding(
            WELL, "sigint", done, f"{_answered(load)}; {end}" if load.in_flight else end
        )
        return
    level = DEPENDS if options.place in (None, "host") else WELL
    question = INTERRUPTS if level == DEPENDS else ""
    yield Finding(level, "sigint", done, what, "as by SIGTERM", HANDLERS, question)


def _open(seen: Seen, options: Options) -> Iterator[Finding]:
    held = seen.open
    if held is None:
        return
    done = "SIGTERM with idle, silent and half-sent connections"
    ended = held.ended_after["all"]
    soon = connections.in_time(options.grace)
    alone = ", ".join(
        f"{kind} {f'over {seconds(soon)}' if took is None else seconds(took)}"
        for kind, took in held.ended_after.items()
        if kind != "all"
    )
    if ended is None:
        # What is idle has had its answer; the others do not come through a proxy that buffers.
        by_front = {None: DEPENDS, "buffers": WELL}.get(options.front, PROBLEM)
        level = PROBLEM if held.ended_after["idle"] is None else by_front
        yield Finding(
            level,
            "connections",
            done,
            f"it still ran after {options.grace:g} s; alone: {alone}",
            "a connection without a request is closed",
            WORKERS,
            BUFFERS if level == DEPENDS else "",
        )
    elif connections.late(ended, options.grace):
        yield Finding(
            DEPENDS,
            "connections",
            done,
            f"an end after {seconds(ended)}; alone: {alone}",
            "a connection without a request is closed",
            WORKERS,
            "Is that within what your platform grants? --grace says so.",
        )
    else:
        yield Finding(
            WELL,
            "connections",
            done,
            f"an end after {seconds(ended)} (half-sent: {held.half_sent})",
        )


def _half_sent(seen: Seen, options: Options) -> Iterator[Finding]:
    half = seen.half_sent
    if half is None:
        return
    done = f"{connections.HELD} half-sent requests held open"
    if not half.unanswered:
        yield Finding(WELL, "half-sent", done, "others were answered")
        return
    what = f"{half.unanswered} of {half.asked} others were not answered in time"
    level = {None: DEPENDS, "buffers": WELL}.get(options.front, PROBLEM)
    question = BUFFERS if level == DEPENDS else ""
    yield Finding(level, "half-sent", done, what, "others are answered", WORKERS, question)


def _beside(seen: Seen, options: Options) -> Iterator[Finding]:
    beside = seen.beside
    if beside is None:
        return
    done = f"{beside.sent} × {beside.slow} ({seconds(beside.slow_seconds)}) together"
    able = "all" if beside.at_a_time >= beside.sent else str(beside.at_a_time)
    over = "over " if beside.given_up else ""
    what = (
        f"{able} at a time; {beside.fast} {over}{seconds(beside.worst)} beside them,"
        f" {seconds(beside.alone)} alone"
    )
    if not beside.waits:
        yield Finding(WELL, "beside", done, what)
        return
    known = options.at_once is not None
    level = PROBLEM if beside.at_a_time == 1 or known else DEPENDS
    question = MANY_SLOW if level == DEPENDS else ""
    yield Finding(
        level, "beside", done, what, "the fast route does not wait", WORKERS, question
    )


def _upstream(seen: Upstream) -> Iterator[Finding]:
    needs = {
        route
        for fault, routes in seen.suffered.items()
        if fault != "hung"
        for route, suffered in routes.items()
        if suffered.touched
    }
    yield from _hung(seen, needs)
    for route in seen.routes:
        yield from _failed(seen, route)
        yield from _recovered(seen, route)
    grows = all(
        later - before >= 5
        for before, later in zip(seen.files[1:], seen.files[2:], strict=False)
    )
    files = "→".join(map(str, seen.files))
    what = f"open files {files}, memory {seen.memory[0]:.0f}→{seen.memory[-1]:.0f} MB"
    yield Finding(
        DEPENDS if grows else WELL,
        f"{seen.name} grows",
        f"after each fault of {seen.name}",
        what,
        "no more files than before",
        POOLS,
        GROWS if grows else "",
    )


def _hung(seen: Upstream, needs: set[Request]) -> Iterator[Finding]:
    done = f"{seen.name} hung {HANGS:g} s"
    touched = {
        route: suffered for route, suffered in seen.suffered["hung"].items() if suffered.touched
    }
    for level, cause, routes, what, expected in (
        (
            PROBLEM,
            "beside",
            [route for route in touched if route not in needs],
            "no other fault touched it",
            "as before",
        ),
        (
            PROBLEM,
            "no limit",
            [route for route in touched if route in needs and touched[route].worst > PATIENCE],
            "no time limit ends it",
            f"an answer within {PATIENCE:g} s",
        ),
        (
            WELL,
            "limit",
            [route for route in touched if route in needs and touched[route].worst <= PATIENCE],
            "it did not wait for it",
            "",
        ),
    ):
        if routes:
            took = ", ".join(
                f"{route} took {seconds(touched[route].worst)}" for route in routes
            )
            yield Finding(
                level, f"{seen.name} {cause}", done, f"{took}: {what}", expected, TIMEOUT
            )


def _failed(seen: Upstream, route: Request) -> Iterator[Finding]:
    """
    What callers see while it resets or refuses: one finding, with both.
    """
    faults: list[str] = []
    parts: list[str] = []
    blurred = False
    for fault in ("reset", "refused"):
        suffered = seen.suffered[fault][route]
        if suffered.touched:
            faults.append(fault)
            parts.append(_answers(suffered))
            blurred = blurred or any(
                answer == "500" or not answer.isdigit() for answer in suffered.answers
            )
    if parts:
        level = DEPENDS if blurred else WELL
        question = WHOSE_FAULT if blurred else ""
        done = f"{seen.name} {', then '.join(faults)} connections"
        what = f"{route}: {', then '.join(parts)}"
        cause = f"{seen.name} answers"
        yield Finding(level, cause, done, what, "502, 503 or 504", BREAKER, question)


def _recovered(seen: Upstream, route: Request) -> Iterator[Finding]:
    slow: list[str] = []
    for fault, routes in seen.suffered.items():
        suffered = routes[route]
        if suffered.touched and suffered.back_after is None:
            what = f"{route} was not within {RECOVERS:g} s"
            done = f"{seen.name} was well again (it had {_had(fault)})"
            yield Finding(PROBLEM, f"{seen.name} recovery", done, what, "as before", BREAKER)
        elif suffered.touched and suffered.back_after and suffered.back_after > 2:
            slow.append(f"{seconds(suffered.back_after)} later ({_had(fault)})")
    if slow:
        what = f"{route} was as before only {', '.join(slow)}"
        done = f"{seen.name} was well again"
        cause = f"{seen.name} pause"
        yield Finding(DEPENDS, cause, done, what, "as before at once", BREAKER, PAUSE)


def _had(fault: str) -> str:
    return {"late": "been late", "reset": "reset", "refused": "refused", "hung": "hung"}[fault]


def _answers(suffered: Suffered) -> str:
    return ", ".join(f"{number} × {what}" for what, number in suffered.answers.items())


def _without(seen: Seen) -> Iterator[Finding]:
    for name, without in seen.without.items():
        done = f"started without {name}"
        expected = f"an end at start that names {name}"
        named = "names" if without.named else "does not name"
        if without.ready and without.fault:
            what = f"it calls itself ready, then {without.fault}"
            yield Finding(PROBLEM, done, done, what, expected, SETTINGS)
        elif without.ready:
            what = "it starts and answers as before"
            yield Finding(DEPENDS, done, done, what, expected, SETTINGS, DEFAULT)
        elif without.ended == "still runs":
            what = f"it neither becomes ready nor ends; its log {named} it"
            yield Finding(PROBLEM, done, done, what, expected, SETTINGS)
        elif without.ended == "exit 0" or not without.named:
            what = f"{without.ended}; its log {named} it"
            yield Finding(PROBLEM, done, done, what, expected, SETTINGS)
        else:
            yield Finding(WELL, done, done, f"{without.ended}, and its log names it")


def _killed(seen: Seen, options: Options) -> Iterator[Finding]:
    killed = seen.killed
    if killed is None:
        return
    done = "SIGKILL, and started again"
    together = options.place in ("container", "unit")
    if killed.ready_after is not None:
        yield Finding(WELL, "killed", done, f"ready after {seconds(killed.ready_after)}")
    elif killed.holders:
        cause = "outlived" if seen.reaches_all else "orphans"
        what = f"{killed.holders} of its processes outlived it and held its port"
        level = WELL if together else PROBLEM if options.place else DEPENDS
        question = TOGETHER if level == DEPENDS else ""
        yield Finding(level, cause, done, what, "ready again", PROCESSES, question)
    else:
        file = f"; it had left {', '.join(killed.files)}" if killed.files else ""
        what = f"{killed.ended}: {killed.said[:80]}{file}"
        yield Finding(PROBLEM, "killed", done, what, "ready again", PROCESSES)


def _in_flight(load: Signalled) -> str:
    return (
        f"{_many(load.in_flight, 'request')} in flight"
        if load.in_flight
        else "nothing in flight"
    )


def _answered(load: Signalled) -> str:
    return "all answered" + (f", {load.rejected} by 503" if load.rejected else "")


def _lost(load: Signalled) -> str:
    errors = f", {load.failed} of them answered by an error" if load.failed else ""
    return f"{load.lost} lost{errors}"


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def seconds(value: float | None) -> str:
    if value is None:
        return "–"
    if value < 0.0005:
        return "< 1 ms"
    if value < 0.0995:
        return f"{1000 * value:.0f} ms"
    return f"{value:.2f} s" if value < 0.995 else f"{value:.1f} s"
