"""
The figures of 3.2 that no other notebook needs, in the look of the course.
"""

from collections import Counter

from workbench import measured
from workbench.look import INK, LOOKS, canvas, dress, finish

GOOD, BAD = LOOKS["ok"].colour, LOOKS["refused"].colour


def plot_strips(runs, *, good, bad, unit, width, title, caption):
    """
    Draw what came well and what did not, as stacked bars over time, one strip a run.

    `runs` is a dict of name to (pairs of seconds and whether it was well, marks); between the
    first mark and the last, the strip is shaded. Time counts from the first mark.
    """
    figure, panels = canvas(1.2 + 0.85 * len(runs), len(runs), sharex=True, sharey=True)
    rows = []
    for axes, (name, (events, marks)) in zip(panels, runs.items(), strict=True):
        zero = marks[0][0] if marks else 0
        bins = {well: Counter() for well in (True, False)}
        for seconds, well in events:
            bins[well][(seconds - zero) // width] += 1
        fine, failed = bins[True], bins[False]
        axes.bar(
            [(n + 0.5) * width for n in fine],
            fine.values(),
            0.86 * width,
            color=GOOD,
            label=good,
        )
        axes.bar(
            [(n + 0.5) * width for n in failed], failed.values(), 0.86 * width,
            [fine[n] for n in failed], color=BAD, hatch="////", edgecolor="white",
            linewidth=0, label=bad,
        )  # fmt: skip
        if marks:
            axes.axvspan(0, marks[-1][0] - zero, color="#dddddd", zorder=0)
        count = failed.total()
        words = f"{name}: {count} {bad}"
        axes.set_title(words, loc="left", fontsize=9, color=BAD if count else INK)
        dress(axes)
        number = measured(count) if count else "0"
        rows.append(f"{name}: {measured(fine.total())} {good}, {number} {bad}")
    panels[-1].set_xlabel(unit, fontsize=9)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right upper",
                  frameon=False, fontsize=8, ncols=2)  # fmt: skip
    finish(figure, rows, title=title, caption=caption)
