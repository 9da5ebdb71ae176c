"""
The timeline of an incident: what its users had, what was done, what was left of the budget.
"""

from collections.abc import Sequence
from itertools import accumulate
from textwrap import fill

from workbench._claims import measured
from workbench.look import BAD, INK, canvas, event, finish, note, styled

from .report import Moment, Report

GROUND = "#dddddd"
CAPTION = 125  # characters in a line
NEVER_DRAWN = ("noise", "deployed")  # told in words only


def said(moment: Moment) -> str:
    """
    A moment in a few words.
    """
    details = moment.details
    match moment.what:
        case "lever":
            return " ".join([details["lever"], *details["arguments"]])
        case "acknowledged":
            return f"“{details['mechanism']}”"
        case "injected":
            return "fault"
        case "noise" | "deployed" | "over":
            return str(details["text"])
        case _:
            return moment.what


@styled
def plot_incident(report: Report, *, title: str = "") -> None:
    """
    Draw the bad requests of each second, what happened, and the budget that was left.

    Without a title, it is the verdict.
    """
    figure, (above, below) = canvas(3.8, 2, sharex=True)
    curve = report.curve[1:-1]  # whole seconds
    begins = [second for second, *_ in curve]
    above.bar(begins, [count for _, count, _ in curve], 1, align="edge", color=GROUND)
    above.bar(begins, [bad for *_, bad in curve], 1, align="edge", color=BAD)
    above.set_ylabel("requests a second")
    above.set_title("grey: all; coloured: bad")
    above.set_ylim(0, 1.3 * max([count for _, count, _ in curve], default=1))
    counted = [bad if 0 <= second < report.seconds else 0 for second, _, bad in curve]
    left = [report.budget - burnt for burnt in accumulate(counted)]
    below.plot([second + 1 for second in begins], left, color=INK, linewidth=2)
    below.axhline(0, color=BAD, linewidth=1)
    below.set_ylabel("budget left")
    below.set_xlabel("seconds since the fault")
    drawn = [moment for moment in report.timeline if moment.what not in NEVER_DRAWN]
    for together in _together(drawn, len(curve) / 20):
        at = drawn[together[0]].at
        for axes in (above, below):
            event(axes, at)
        numbers = ",".join(str(number + 1) for number in together)
        note(above, numbers, (at, above.get_ylim()[1]), (3, -10), fontweight="bold")
    key = "  ".join(f"{number} {said(moment)}" for number, moment in enumerate(drawn, 1))
    caption = fill(key, CAPTION, break_long_words=False, break_on_hyphens=False)
    finish(figure, words(report), title=title or _finding(report), caption=caption)


def words(report: Report) -> list[str]:
    """
    The same in words, a sentence a row.
    """
    rows = [
        f"{measured(report.burnt)} requests were bad until `done`, of {report.budget}.",
        _after("the page came", report.paged),
        _after("it was found", report.found),
        _after("the users were well", report.recovered),
    ]
    return rows + [f"{measured(moment.at, 's')}: {said(moment)}" for moment in report.timeline]


def _after(what: str, seconds: float | None) -> str:
    if seconds is None:
        return f"Never: {what}."
    return f"After {measured(seconds, 's')} {what}."


def _finding(report: Report) -> str:
    share = measured(round(100 * report.burnt / report.budget), "%")
    return f"{report.incident}, {report.result}: {share} of the budget was burnt"


def _together(moments: Sequence[Moment], room: float) -> list[list[int]]:
    """
    The places of the moments, those together that are too near for numbers of their own.
    """
    found: list[list[int]] = []
    for place, moment in enumerate(moments):
        if found and moment.at - moments[found[-1][0]].at < room:
            found[-1].append(place)
        else:
            found.append([place])
    return found
