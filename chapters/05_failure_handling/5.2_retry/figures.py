"""
The figures of 5.2 that no other notebook needs, in the look of the course.
"""

from collections import Counter

from workbench import measured
from workbench.look import DASHES, INK, RUNS, bins, canvas, finish, note, styled

BLUE, RED = RUNS[0][0], RUNS[1][0]


@styled
def plot_storm(runs, *, title, caption):
    """
    Draw how many requests each tenth of a second brought, one panel a run, on the same axes.

    `runs` is a dict of name to (users served, seconds at which requests came).
    """
    figure, panels = canvas(4.6, len(runs), sharex=True, sharey=True)
    rows = []
    for axes, (name, (served, seconds)) in zip(panels, runs.items(), strict=True):
        highest = max(Counter(int(10 * second) for second in seconds).values())
        bins(axes, seconds, 0.1, color=RED if highest > 40 else BLUE)
        axes.axhline(4, color=INK, linewidth=1, linestyle=DASHES)
        axes.set_title(name)
        axes.set_title(
            f"{served} of 100 users served, {len(seconds)} requests",
            loc="right", fontweight="bold")  # fmt: skip
        rows.append(
            f"{name}: {measured(served)} of 100 served with {measured(len(seconds))} requests;"
            f" {measured(highest)} of them in one tenth of a second"
        )
    note(panels[0], "what it can serve", (3.6, 4), (0, 4))
    panels[1].set_ylabel("requests at the dependency in 0.1 s")
    panels[-1].set_xlabel("seconds since the dependency was killed")
    panels[-1].set_xlim(0, 5)
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_budget(runs, *, title, caption):
    """
    Draw how many requests arrived for every ten users; `runs` is a dict of name to that list.
    """
    figure, axes = canvas(2.9)
    batches = len(next(iter(runs.values())))
    axes.axvspan(batches / 4, batches * 3 / 4, color="#eeeeee")
    middle = batches / 2
    axes.annotate("the dependency answers 503", (middle, 33.5), ha="center")
    rows = []
    for (name, hits), (colour, dash) in zip(runs.items(), RUNS[1::-1], strict=True):
        axes.step(range(batches), hits, where="post", color=colour, linestyle=dash)
        height = hits[batches // 2]
        offset = (0, -12 if height > 20 else 6)
        note(axes, name, (middle, height), offset, ha="center", fontsize=9, color=colour)
        rows.append(f"{name}: {sum(hits)} requests for {10 * batches} users")
    axes.set_ylim(0, 37)
    axes.set_xlim(0, batches - 1)
    axes.set_xlabel("groups of ten users, in the order in which they came")
    axes.set_ylabel("requests per ten users")
    finish(figure, rows, title=title, caption=caption)
