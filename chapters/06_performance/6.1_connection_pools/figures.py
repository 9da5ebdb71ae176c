"""
The figures of 6.1 that no other notebook needs, in the look of the course.
"""

from statistics import median

from workbench import measured
from workbench.look import RUNS, canvas, event, finish, note, plain, styled


@styled
def plot_calls(took, *, title, caption):
    """
    Draw the seconds that a share of the calls stayed below, a panel for each scheme.

    `took` is a dict of (scheme, name) to the seconds that each call took.
    """
    schemes = list(dict.fromkeys(scheme for scheme, _ in took))
    figure, panels = canvas(3.0, columns=len(schemes), sharey=True)
    rows = []
    for axes, scheme in zip(panels, schemes, strict=True):
        lines = {name: sorted(times) for (of, name), times in took.items() if of == scheme}
        for (name, times), (colour, dash) in zip(lines.items(), RUNS, strict=False):
            shares = [100 * (place + 0.5) / len(times) for place in range(len(times))]
            axes.plot(shares, times, dash, color=colour, linewidth=2, label=name)
            rows.append(f"{scheme}, {name}: half within {measured(median(times), 's')}")
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(plain)
        axes.set_xticks([0, 50, 90], ["0", "50 %", "90 %"])
        axes.set_xlabel("share of the calls")
        axes.set_title(scheme)
    panels[0].set_ylabel("took at most (s)")
    panels[0].set_ylim(top=8 * panels[0].get_ylim()[1])  # room for the legend
    panels[0].legend(loc="upper left")
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_sizes(runs, *, title, caption):
    """
    Draw what the size of a pool does to the queries per second and to the time of a query.

    `runs` is a dict of the kind of query to a dict of size to (queries per second, seconds).
    """
    figure, panels = canvas(3.0, columns=2)
    names = ("queries per second", "seconds that a query spends in the database")
    rows = []
    for (kind, sizes), (colour, dash) in zip(runs.items(), RUNS, strict=False):
        for axes, values in zip(panels, zip(*sizes.values(), strict=True), strict=True):
            axes.plot(
                list(sizes), values, "o" + dash, color=colour, linewidth=2, markersize=4,
                label=kind)  # fmt: skip
        (_, first), *_, (size, last) = sizes.items()
        rows.append(
            f"{kind}: with 1 connection {measured(first[0])} queries per second of"
            f" {measured(first[1], 's')}, with {size} {measured(last[0])} of"
            f" {measured(last[1], 's')}"
        )
    for axes, name in zip(panels, names, strict=True):
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xticks(list(sizes), [str(size) for size in sizes])
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_minor_formatter("")
        axes.yaxis.set_major_formatter(plain)
        axes.set_xlabel("connections in the pool")
        axes.set_title(name)
    panels[0].legend(fontsize=9)
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_waits(waited, *, title, caption):
    """
    Draw what half of the callers waited at most, and what 99 of 100 did.

    `waited` is a dict of the share of the pool that they need, in per cent, to their seconds.
    """
    figure, axes = canvas(2.8)
    loads = list(waited)
    rows = [[] for _ in loads]
    for share, words, (colour, dash) in zip(
        (0.99, 0.5), ("99 of 100", "half"), RUNS, strict=False
    ):
        most = [sorted(seconds)[int(share * len(seconds))] for seconds in waited.values()]
        axes.plot(loads, most, "o" + dash, color=colour, linewidth=2, markersize=4)
        place = (loads[-1], most[-1])
        note(axes, f"{words} wait\nat most so long", place, (8, 0), va="center", color=colour)
        for row, seconds in zip(rows, most, strict=True):
            row.append(f"{words} wait {measured(seconds, 's')} at most")
    event(axes, 100)
    note(axes, "all five are needed", (100, axes.get_ylim()[1]), (-4, -4), ha="right", va="top")
    axes.set_xticks(loads, [f"{load} %" for load in loads])
    axes.set_xlim(loads[0] - 2, loads[-1] + 12)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("connections needed, on average, of those in the pool")
    axes.set_ylabel("wait (s)")
    rows = [f"{load} %: {', '.join(row)}" for load, row in zip(loads, rows, strict=True)]
    finish(figure, rows, title=title, caption=caption)
