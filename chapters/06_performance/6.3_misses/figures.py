"""
The figures of 6.3 that no other notebook needs, in the look of the course.
"""

from workbench import measured
from workbench.look import LOOKS, RUNS, bars, bins, canvas, finish, note, styled

BLUE, RED = RUNS[0][0], RUNS[1][0]


@styled
def plot_stampede(runs, *, title, caption):
    """
    Draw for every program the queries it caused, and how long each of its requests waited.

    `runs` is a dict of program to (queries, list of loads).
    """
    figure, (left, right) = canvas(2.9, columns=2, sharey=True)
    counts = {name: queries for name, (queries, _) in runs.items()}
    bars(left, counts, color=[RED if queries > 10 else BLUE for queries in counts.values()])
    for row, (_, loads) in enumerate(runs.values()):
        waits = sorted(sample.latency for load in loads for sample in load.samples)
        spread = [row + 0.5 * (37 * n % 100 / 100 - 0.5) for n in range(len(waits))]
        right.plot(waits, spread, ".", color=LOOKS["ok"].colour, markersize=4)
    left.set_xlim(0, 1.2 * max(counts.values()))
    left.set_xlabel("queries at the database")
    right.set_xlim(left=0)
    right.set_xlabel("seconds until the answer, a dot a request")
    rows = []
    for name, (queries, loads) in runs.items():
        slowest = max(sample.latency for load in loads for sample in load.samples)
        count = measured(queries) if queries > 10 else queries
        rows.append(
            f"{name}: queries: {count}; the slowest answer took {measured(slowest, 's')}"
        )
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_expiry(runs, *, title, caption):
    """
    Draw how many queries each tenth of a second brought, one panel a run, on the same axes.

    `runs` is a dict of name to the seconds at which the queries came.
    """
    figure, panels = canvas(3.4, len(runs), sharex=True, sharey=True)
    rows = []
    for axes, (name, times), colour in zip(panels, runs.items(), (RED, BLUE), strict=True):
        counts = bins(axes, times, 0.1, color=colour)
        axes.set_title(name)
        axes.set_ylabel("queries / 0.1 s")
        rows.append(f"{name}: {measured(max(counts.values()))} queries in the busiest tenth")
    axes.set_xlabel("seconds since all keys were stored")
    axes.set_xlim(left=0)
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_patience(seconds, limit, *, title, caption):
    """
    Draw how long each client waited; at the limit we stopped waiting.
    """
    figure, axes = canvas(2.9)
    rows = []
    for row, (name, waited) in enumerate(seconds.items()):
        cut = waited >= limit
        axes.barh(row, min(waited, limit), height=0.6, color=RED if waited > 1 else BLUE,
                  hatch="///" if cut else None, edgecolor="white")  # fmt: skip
        words = f"more than {limit:g} s" if cut else measured(waited, "s")
        note(axes, words, (min(waited, limit), row), (4, 0), va="center", fontsize=9)
        rows.append(f"{name}: {words}")
    axes.set_yticks(range(len(seconds)), list(seconds))
    axes.invert_yaxis()
    axes.set_xlim(0, 1.25 * limit)
    axes.grid(axis="y", visible=False)  # its lines would strike the seconds through
    axes.set_xlabel("seconds until one GET gave up")
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_nodes(runs, *, title, caption):
    """
    Draw the commands that reach each node of a cluster, one panel a run.

    `runs` is a dict of name to the counts of the nodes.
    """
    figure, panels = canvas(2.2, columns=len(runs), sharex=True)
    rows = []
    for axes, (name, counts), colour in zip(panels, runs.items(), (RED, BLUE), strict=True):
        bars(axes, {f"node {n}": count for n, count in enumerate(counts, 1)}, color=colour)
        axes.set_title(name)
        rows.append(f"{name}: {', '.join(map(str, counts))} commands")
    panels[0].set_xlim(0, 1.2 * max(max(counts) for counts in runs.values()))
    figure.supxlabel("commands")
    finish(figure, rows, title=title, caption=caption)
