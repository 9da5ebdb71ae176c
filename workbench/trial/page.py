"""
One page of at most forty lines: problems first, then what depends, what went well, the rest.
"""

import textwrap
from collections.abc import Sequence
from itertools import chain

from .findings import DEPENDS, PROBLEM, UNTRIED, WELL, Finding, Seen, seconds
from .masking import Mask
from .options import Options

LINES = 40
WIDTH = 98
TITLES = {
    PROBLEM: "PROBLEMS",
    DEPENDS: "DEPENDS ON WHAT IS AROUND IT",
    WELL: "WENT WELL",
    UNTRIED: "COULD NOT BE TRIED",
}
MARKS = {DEPENDS: "?", WELL: "✓", UNTRIED: "–"}


def page(
    options: Options,
    seen: Seen,
    found: Sequence[Finding],
    *,
    took: float,
    requests: int,
    mask: Mask,
) -> str:
    """
    What was found, as lines; what went well, and then what could not be tried, is told shorter
    where there is no room.
    """
    head = [
        f"course trial · {mask.quoted(str(options))}",
        *_head(options, seen, took, requests),
    ]
    sections = {
        level: _section(level, [each for each in found if each.level == level])
        for level in TITLES
    }
    for level in (WELL, UNTRIED, DEPENDS, PROBLEM):
        over = len(head) + sum(map(len, sections.values())) - LINES
        if over > 0:
            sections[level] = _shorter(sections[level], over)
    return "\n".join(
        mask.known(line) for line in [*head, *chain.from_iterable(sections.values())]
    )


def _head(options: Options, seen: Seen, took: float, requests: int) -> list[str]:
    calm = seen.calm
    processes = f"{calm.processes} process{'' if calm.processes == 1 else 'es'}"
    routes = ", ".join(f"{route} {seconds(s)}" for route, s in calm.seconds.items())
    streams = f"; streams: {', '.join(map(str, calm.streams))}" if calm.streams else ""
    where = "in its folder" if options.here else "in copies of its folder"
    lines = [
        f"Ready in {seconds(calm.ready_after)}; {processes}; in calm {routes}{streams}.",
        (
            f"{took:.0f} s, {requests} requests, to 127.0.0.1 only, {where}."
            f" It may take {options.grace:g} s to end (--grace)."
        ),
    ]
    return [cut for line in lines for cut in textwrap.wrap(line, WIDTH, max_lines=2)]


def _section(level: str, found: list[Finding]) -> list[str]:
    if not found:
        return []
    number = f" ({len(found)})" if level != UNTRIED else ""
    lines = ["", f"{TITLES[level]}{number}"]
    for place, each in enumerate(found, 1):
        mark = MARKS.get(level, f"{place}")
        most = 2 if level in (PROBLEM, DEPENDS) else 1
        lines += _wrap(f"{each.done}: {each.seen}", f"{mark:>2} ", most)
        rest = []
        if level == PROBLEM:
            rest.append(f"Expected: {each.expected}.")
        elif level == DEPENDS:
            rest.append(each.question)
        if rest and each.notebook:
            rest.append(f"Notebook {each.notebook}.")
        if each.also:
            rest.append(f"The same cause: {', '.join(each.also)}.")
        if rest:
            lines += _wrap(" ".join(rest), "   ", 2)
    return lines


def _wrap(text: str, mark: str, most: int) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=mark,
        subsequent_indent="   ",
        max_lines=most,
        placeholder=" …",
    )


def _shorter(lines: list[str], over: int) -> list[str]:
    """
    Without its last lines, and with one that says so.
    """
    if not lines:
        return lines
    kept = lines[: max(2, len(lines) - over - 1)]
    return [*kept, f"   … and {len(lines) - len(kept)} lines more: --json has them"]
