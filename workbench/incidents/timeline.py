"""
The timeline of an incident: what its users had, what was done, what was left of the budget.
"""

from itertools import accumulate
from typing import TYPE_CHECKING

from workbench._claims import measured
from workbench.look import BAD, INK, canvas, event, finish, styled

from .report import Moment, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROWS = 3  # of labels, above each other
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
def plot_incident(report: Report) -> None:
    """
    Draw the bad requests of each second, what happened, and the budget that was left.
    """
    figure, (above, below) = canvas(3.8, 2, sharex=True)
    seconds = [second for second, *_ in report.curve]
    above.bar(seconds, [all_ for _, all_, _ in report.curve], 1, align="edge", color="#dddddd")
    above.bar(seconds, [bad for *_, bad in report.curve], 1, align="edge", color=BAD)
    above.set_ylabel("requests a second")
    above.set_title("grey: all; coloured: bad")
    counted = [bad if 0 <= second < report.seconds else 0 for second, _, bad in report.curve]
    left = [report.budget - burnt for burnt in accumulate(counted)]
    below.step(seconds, left, where="pre", color=INK, linewidth=2)
    below.axhline(0, color=BAD, linewidth=1)
    below.set_ylabel("budget left")
    below.set_xlabel("seconds since the fault")
    above.set_ylim(0, 1.6 * max([count for _, count, _ in report.curve], default=1))
    _draw_moments(above, below, report)
    finish(figure, words(report), title=_finding(report), caption=f"seed {report.seed}")


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
    share = round(100 * report.burnt / report.budget)
    return f"{report.incident}, {report.result}: {share} % of the budget was burnt"


def _draw_moments(above: "Axes", below: "Axes", report: Report) -> None:
    drawn = [moment for moment in report.timeline if moment.what not in NEVER_DRAWN]
    for place, moment in enumerate(drawn):
        event(above, moment.at)
        event(below, moment.at)
        above.annotate(
            said(moment),
            (moment.at, 1),
            xycoords=("data", "axes fraction"),
            xytext=(3, -3 - 11 * (place % ROWS)),
            textcoords="offset points",
            va="top",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
        )
