"""
The figures of 3.2 that no other notebook needs, in the look of the course.
"""

from collections import Counter

from matplotlib.patches import Patch

from workbench import measured
from workbench.look import BAD, GOOD, INK, bars, canvas, event, finish, styled


@styled
def plot_strips(runs, *, good, bad, unit, width, title, caption):
    """
    Draw which share was well and which was not, as bars over time, one strip a run.

    `runs` is a dict of name to (pairs of seconds and whether it was well, marks). Time counts
    from the first mark; what lies between the first and the last is grey.
    """
    figure, panels = canvas(1.3 + 0.8 * len(runs), len(runs), sharex=True, sharey=True)
    rows = []
    for axes, (name, (events, marks)) in zip(panels, runs.items(), strict=True):
        zero = marks[0][0] if marks else 0
        fine, failed = (
            Counter((seconds - zero) // width for seconds, well in events if well is wanted)
            for wanted in (True, False)
        )
        for n in fine | failed:
            share = 100 * fine[n] / (fine[n] + failed[n])
            place = {"x": (n + 0.5) * width, "width": 0.84 * width}
            axes.bar(height=share, color=GOOD, **place)
            axes.bar(
                height=100 - share, bottom=share, color=BAD, hatch="////", edgecolor="white",
                linewidth=0, **place)  # fmt: skip
        if marks:
            axes.axvspan(0, marks[-1][0] - zero, color="#cccccc", zorder=0)
        for seconds, label in marks:
            event(axes, seconds - zero)
            if axes is panels[0]:
                to_the_right = seconds > zero
                axes.text(
                    seconds - zero, 118, f" {label} ", va="center",
                    ha="left" if to_the_right else "right")  # fmt: skip
        count = failed.total()
        axes.set_title(f"{name}: {count} {bad}", color=BAD if count else INK)
        number = measured(count) if count else "0"
        rows.append(f"{name}: {measured(fine.total())} {good}, {number} {bad}")
    panels[0].set_ylim(0, 135 if any(marks for _, marks in runs.values()) else 105)
    panels[0].set_yticks([0, 50, 100], ["0", "50", "100 %"])
    panels[-1].set_xlabel(unit)
    keys = [Patch(color=GOOD), Patch(facecolor=BAD, hatch="////", edgecolor="white")]
    corner = {"loc": "lower right", "bbox_to_anchor": (1, 1), "borderaxespad": 0}
    panels[0].legend(keys, [good, bad], ncols=2, **corner)
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_minutes(minutes, *, title, caption):
    """
    Draw how many minutes each client waits, beside the half minute of a usual probe.
    """
    figure, axes = canvas(2.2)
    bars(axes, {name: round(spent, 1) for name, spent in minutes.items()}, color=BAD)
    event(axes, 0.5)
    axes.text(0.6, -0.45, "a usual probe gives up", va="bottom")
    axes.set_ylim(len(minutes) - 0.5, -0.9)
    axes.set_xlabel("minutes without an answer")
    rows = [f"{name}: {spent:g} minutes" for name, spent in minutes.items()]
    finish(figure, rows, title=title, caption=caption)
