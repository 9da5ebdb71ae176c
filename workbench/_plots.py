"""
One look for every plot of the course.

An outcome has the same colour and the same mark in every chapter, time is in seconds on x, and
zero is the event that the experiment is about: the first mark of a load, or its beginning.
Every plot has a twin in words, folded below it, for those who read without seeing.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ._claims import measured
from ._predictions import Question
from ._traffic import OUTCOMES, Load, outcomes, percentile
from .look import LOOKS, RUNS, canvas, event, finish, plain, predicted, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@styled
def plot_timeline(
    runs: Mapping[str, Load],
    *,
    title: str,
    caption: str = "",
    before: Mapping[str, Load] | None = None,
    answered: Mapping[str, Question] | None = None,
) -> None:
    """
    Draw every request as a bar from the time it was to leave to its end, one panel a run.

    Args:
        runs: What to call each run, and its load.
        title: The finding.
        caption: The set-up.
        before: Earlier runs of the same names, drawn faintly behind.
        answered: For a run, how many of its first requests the reader thought would end well:
            a line below the last of them.
    """
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415, see look.py

    said = {name: asked.answer for name, asked in (answered or {}).items()}
    figure, panels = _panels(runs, height=1.75)
    for axes, (name, run) in zip(panels, runs.items(), strict=True):
        zero = _zero(run)
        samples = run.samples
        thickness = max(0.7, min(5.0, 90 / max(1, len(samples))))
        if before and name in before:
            _draw_faintly(axes, before[name], 2.5 * thickness)
        for row, sample in enumerate(samples, 1):
            look = LOOKS[sample.outcome]
            axes.plot(
                [sample.scheduled - zero, sample.done - zero],
                [row, row],
                color=look.colour,
                linewidth=thickness,
                solid_capstyle="butt",
            )
            axes.plot(
                sample.done - zero,
                row,
                look.mark,
                color=look.colour,
                markersize=min(6, thickness + 2.5),
            )
        if isinstance(answer := said.get(name), int):
            predicted(axes, f"{answer} ok", y=answer + 0.5)
        axes.set_ylabel("request")
        _name_panel(axes, name, run)
    most = max(len(run.samples) for run in runs.values())
    ticks = MaxNLocator(integer=True, nbins=4).tick_values(1, most)
    panels[0].set_yticks([tick for tick in ticks if 1 <= tick <= most])
    panels[0].set_ylim(most + 1, -_headroom(runs) * most)  # the first request on top
    _finish(figure, panels, runs, title, caption, said)


@styled
def plot_latency(
    runs: Mapping[str, Load], *, title: str, caption: str = "", log: bool | None = None
) -> None:
    """
    Draw every request as a dot: when it was to leave, and how long it took; one panel a run.

    The panels share their axes.

    Args:
        runs: What to call each run, and its load.
        title: The finding.
        caption: The set-up.
        log: Whether the seconds of latency are on a logarithmic scale; if nothing is given,
            where the slowest request took more than fifty times as long as the fastest.
    """
    figure, panels = _panels(runs, height=1.75 if len(runs) <= 3 else 1.35)
    latencies = [sample.latency for run in runs.values() for sample in run.samples]
    if log is None:
        log = bool(latencies) and max(latencies) > 50 * min(latencies)
    for axes, (name, run) in zip(panels, runs.items(), strict=True):
        zero = _zero(run)
        for outcome in OUTCOMES:
            those = [sample for sample in run.samples if sample.outcome == outcome]
            axes.plot(
                [sample.scheduled - zero for sample in those],
                [sample.latency for sample in those],
                LOOKS[outcome].mark,
                color=LOOKS[outcome].colour,
                markersize=4,
                alpha=0.8,
            )
        axes.set_ylabel("latency (s)")
        _name_panel(axes, name, run)
    slowest = max(latencies, default=1.0)
    if log:
        panels[0].set_yscale("log")
        panels[0].yaxis.set_major_formatter(plain)
        panels[0].set_ylim(min(latencies) / 2, slowest * 4)
    else:
        # A little below zero, where the fast ones would be half hidden.
        panels[0].set_ylim(-0.05 * slowest, slowest * (1.1 + _headroom(runs)))
    _finish(figure, panels, runs, title, caption)


@styled
def plot_percentiles(
    runs: Mapping[str, Load | Sequence[float]], *, title: str, caption: str = ""
) -> None:
    """
    Draw the latency that a share of the requests stayed below, one line a run.

    The x axis stretches towards 100 %, so that the slowest one in a hundred has room.

    Args:
        runs: What to call each run, and its load, or the seconds that each request took.
        title: The finding.
        caption: The set-up.
    """
    figure, axes = canvas(3.0)
    rows = []
    for (name, run), (colour, dash) in zip(runs.items(), RUNS, strict=False):
        latencies = sorted(
            run if isinstance(run, Sequence) else (sample.latency for sample in run.samples)
        )
        shares = [(place + 0.5) / len(latencies) for place in range(len(latencies))]
        axes.plot(
            [1 / (1 - share) for share in shares],
            latencies,
            dash,
            color=colour,
            label=name,
            linewidth=2,
        )
        p50, p99 = (measured(percentile(latencies, share), "s") for share in (0.5, 0.99))
        rows.append(f"{name}: half within {p50}, 99 % within {p99}")
    axes.set_xscale("log")
    right = axes.get_xlim()[1]  # forty requests know nothing of the slowest one in a thousand
    ticks = [share for share in (0.5, 0.9, 0.99, 0.999) if 1 / (1 - share) < right]
    axes.set_xticks(
        [1 / (1 - share) for share in ticks], [f"{100 * share:.4g} %" for share in ticks]
    )
    axes.set_xticks([], minor=True)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(plain)
    axes.set_xlabel("share of the requests")
    axes.set_ylabel("took at most (s)")
    axes.legend(fontsize=9)
    finish(figure, rows, title=title, caption=caption)


def _panels(runs: Mapping[str, Load], *, height: float) -> "tuple[Figure, Sequence[Axes]]":
    options = {"sharex": True, "sharey": True, "squeeze": False}
    figure, panels = canvas(1.0 + height * len(runs), len(runs), **options)
    return figure, list(panels[:, 0])


def _zero(run: Load) -> float:
    return run.marks[0][0] if run.marks else 0.0


def _headroom(runs: Mapping[str, Load]) -> float:
    """
    The share of a panel that the labels of its marks need.
    """
    return 0.25 if any(run.marks for run in runs.values()) else 0.0


def _name_panel(axes: "Axes", name: str, run: Load) -> None:
    axes.set_title(f"{name}: {outcomes(run)}")


def _draw_faintly(axes: "Axes", run: Load, thickness: float) -> None:
    for row, sample in enumerate(run.samples, 1):
        axes.plot(
            [sample.scheduled - _zero(run), sample.done - _zero(run)],
            [row, row],
            color=LOOKS[sample.outcome].colour,
            linewidth=thickness,
            solid_capstyle="butt",
            alpha=0.2,
        )


def _draw_marks(panels: "Sequence[Axes]", runs: Mapping[str, Load]) -> None:
    """
    A line for each mark, and its label beside it, on the left where the right has no room.
    """
    places = list(zip(panels, runs.values(), strict=True))
    for axes, run in places:
        for seconds, _ in run.marks:
            event(axes, seconds - _zero(run))
    left, right = panels[0].get_xlim()  # shared, and final now
    for axes, run in places:
        for place, (seconds, label) in enumerate(run.marks):
            at = seconds - _zero(run)
            late = at > left + 0.75 * (right - left)
            axes.annotate(
                label,
                (at, 1),
                xycoords=("data", "axes fraction"),
                xytext=(-3 if late else 3, -3 - 11 * (place % 2)),
                textcoords="offset points",
                ha="right" if late else "left",
                va="top",
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
            )


def _finish(
    figure: "Figure",
    panels: "Sequence[Axes]",
    runs: Mapping[str, Load],
    title: str,
    caption: str,
    said: Mapping[str, object] | None = None,
) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415, see look.py

    _draw_marks(panels, runs)
    marks = [run.marks[0][1] for run in runs.values() if run.marks]
    since = " / ".join(dict.fromkeys(marks)) or "the beginning"
    panels[-1].set_xlabel(f"seconds since {since}")
    present = [o for o in OUTCOMES if any(run.count(o) for run in runs.values())]
    if len(present) > 1:  # else the titles of the panels say it, and a legend takes room
        figure.legend(
            handles=[
                Line2D([], [], color=look.colour, marker=look.mark, linewidth=2, label=outcome)
                for outcome, look in LOOKS.items()
                if outcome in present
            ],
            loc="outside right upper",
        )
    rows = []
    for name, run in runs.items():
        slowest = measured(max((s.latency for s in run.samples), default=0.0), "s")
        you = (said or {}).get(name)
        yours = "" if you is None else f"; you predicted {you} ok"
        rows.append(f"{name}: {outcomes(run)}; the slowest took {slowest}{yours}")
    finish(figure, rows, title=title, caption=caption)
