"""
The figures of 3.3 that no other notebook needs, in the look of the course.
"""

import re

from matplotlib.lines import Line2D

from workbench import measured
from workbench.look import BAD, GOOD, RUNS, canvas, event, finish, styled


@styled
def plot_rotations(runs, *, title, caption):
    """
    Draw each request as a mark in the row of its user, one panel a run, on the same axes.

    `runs` is a dict of name to load; the marks of a load are what was rolled out, and when.
    """
    figure, panels = canvas(1.2 * len(runs) + 0.9, len(runs), sharex=True, sharey=True)
    rows = []
    for axes, (name, load) in zip(panels, runs.items(), strict=True):
        zero = load.marks[0][0]
        accepted, rejected = [], []
        for sample in load.samples:
            if (found := re.search(r"user(\d+)", sample.body)) is None:
                continue  # no answer in time
            user = int(found[1])
            bad = "bad signature" in sample.body
            (rejected if bad else accepted).append((sample.scheduled - zero, user))
        axes.plot(*zip(*accepted, strict=True), ".", color=GOOD, markersize=1.5, alpha=0.5)
        times, users = zip(*rejected, strict=True) if rejected else ((), ())
        axes.plot(times, users, "x", color=BAD, markersize=6, markeredgewidth=1.8)
        axes.set_title(name)
        axes.set_title(
            f"{len(rejected)} rejected",
            loc="right",
            fontsize=10,
            color=BAD if rejected else GOOD,
            fontweight="bold",
        )
        top = max(user for _, user in accepted)
        axes.set_ylim(-3, 1.45 * top)
        axes.set_yticks([])
        for seconds, label in load.marks:
            event(axes, seconds - zero)
            axes.text(seconds - zero + 0.1, 1.4 * top, label, va="top")
        count = measured(len(rejected)) if rejected else 0
        rows.append(f"{name}: {count} of {measured(len(load.samples))} requests rejected")
    panels[-1].set_xlabel("seconds since the first instance changed its keys")
    figure.supylabel("a row for each user")
    marks = [
        Line2D([], [], color=GOOD, marker=".", linestyle="", label="accepted"),
        Line2D(
            [], [], color=BAD, marker="x", linestyle="", markeredgewidth=1.8, label="rejected"
        ),
    ]
    panels[0].legend(handles=marks, loc="upper right", ncols=2, borderpad=0)
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_retirement(killed, days, *, title, caption):
    """
    Draw the share of tokens that die with the old key, over the day on which it goes.

    `killed` is a dict of day to share; a token lives for `days`.
    """
    figure, axes = canvas(2.8)
    axes.plot([0, days], [100, 0], RUNS[0][1], color=RUNS[0][0], label="1 - d / max_age")
    axes.plot(list(killed), [100 * share for share in killed.values()], "x", color=BAD,
              markersize=8, markeredgewidth=2, label="counted")  # fmt: skip
    axes.axvspan(days, max(killed), color=GOOD, alpha=0.15)
    axes.text(days + 0.15, 50, "nobody\nnotices", fontsize=9, color=GOOD, va="center")
    axes.set_xlim(0, max(killed))
    axes.set_xlabel("days from the new key's first signature to the old key's end")
    axes.set_ylabel("% of users logged out")
    axes.set_xticks(list(killed))
    axes.legend(fontsize=9)
    rows = [f"after {day} days: {100 * share:.0f} %" for day, share in killed.items()]
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_comparisons(counts, *, title, caption):
    """
    Draw how many bytes a comparison looks at, over how many digits of a guess are right.

    `counts` is a dict of name to counts, of which the first is for no right digit.
    """
    figure, axes = canvas(2.6)
    for (name, looked_at), (colour, dash) in zip(counts.items(), RUNS, strict=False):
        axes.plot(looked_at, dash, color=colour, linewidth=2, label=name)
    axes.set_xlabel("digits of the guess that are right, from the left")
    axes.set_ylabel("bytes looked at")
    axes.set_ylim(0, 72)
    axes.legend(fontsize=9, loc="lower right")
    rows = [f"{name}: from {min(seen)} to {max(seen)} bytes" for name, seen in counts.items()]
    finish(figure, rows, title=title, caption=caption)
