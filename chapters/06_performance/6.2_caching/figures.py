"""
The figures of 6.2 that no other notebook needs, in the look of the course.
"""

from collections import Counter

from workbench import measured
from workbench.look import INK, LOOKS, RUNS, canvas, dress, finish

BLUE, RED = RUNS[0][0], RUNS[1][0]


def plot_copies(runs, *, title, caption):
    """
    Draw the answer of every request, one row for each worker process, one panel a run.
    """
    figure, panels = canvas(3.4, len(runs), sharex=True, sharey=True)
    rows = []
    for axes, (name, load) in zip(panels, runs.items(), strict=True):
        zero = load.marks[0][0]
        answers = [(s.scheduled - zero, *s.body.split()) for s in load.samples]
        workers = list(dict.fromkeys(worker for _, worker, _ in answers))
        for word, mark, colour in (("old", "s", RED), ("new", "o", BLUE)):
            times = [seconds for seconds, _, said in answers if said == word]
            places = [workers.index(worker) for _, worker, said in answers if said == word]
            axes.plot(times, places, mark, color=colour, markersize=4, label=f"says “{word}”")
            after = measured(sum(seconds > 0 for seconds in times))
            rows.append(f"{name}: {after} answers after the change say “{word}”")
        axes.axvline(0, color=INK, linewidth=1, linestyle=(0, (4, 2)))
        axes.set_title(name, loc="left", fontsize=9, color=INK)
        dress(axes)
    axes.set_yticks([0, 1], ["one worker", "the other"])
    axes.set_ylim(-0.6, 1.6)
    axes.set_xlabel(f"seconds since {load.marks[0][1]}", fontsize=9)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper", frameon=False,
                  fontsize=8)  # fmt: skip
    finish(figure, rows, title=title, caption=caption)


def plot_stampede(runs, *, title, caption):
    """
    Draw for every program the queries it caused, and how long each of its requests waited.

    `runs` is a dict of program to (queries, list of loads).
    """
    figure, (left, right) = canvas(2.9, columns=2, sharey=True)
    for row, (queries, loads) in enumerate(runs.values()):
        left.barh(row, queries, color=RED if queries > 10 else BLUE, height=0.6)
        left.annotate(
            f"{queries}", (queries, row), (4, 0), textcoords="offset points", va="center",
            fontsize=10, fontweight="bold",
        )  # fmt: skip
        waits = sorted(sample.latency for load in loads for sample in load.samples)
        spread = [row + 0.5 * (37 * n % 100 / 100 - 0.5) for n in range(len(waits))]
        right.plot(waits, spread, ".", color=LOOKS["ok"].colour, markersize=4)
    left.set_yticks(range(len(runs)), list(runs))
    left.invert_yaxis()
    left.set_xlim(0, 1.2 * max(queries for queries, _ in runs.values()))
    left.set_xlabel("queries at the database", fontsize=9)
    right.set_xlim(left=0)
    right.set_xlabel("seconds until the answer, a dot a request", fontsize=9)
    for axes in (left, right):
        dress(axes)
    rows = []
    for name, (queries, loads) in runs.items():
        slowest = max(sample.latency for load in loads for sample in load.samples)
        count = measured(queries) if queries > 10 else queries
        rows.append(
            f"{name}: queries: {count}; the slowest answer took {measured(slowest, 's')}"
        )
    finish(figure, rows, title=title, caption=caption)


def plot_expiry(runs, *, title, caption):
    """
    Draw how many queries each tenth of a second brought, one panel a run, on the same axes.

    `runs` is a dict of name to the seconds at which the queries came.
    """
    figure, panels = canvas(3.4, len(runs), sharex=True, sharey=True)
    rows = []
    for axes, (name, times), colour in zip(panels, runs.items(), (RED, BLUE), strict=True):
        bins = Counter(int(10 * seconds) for seconds in times)
        axes.bar(
            [place / 10 for place in bins],
            list(bins.values()),
            0.09,
            align="edge",
            color=colour,
        )
        axes.set_title(name, loc="left", fontsize=9, color=INK)
        axes.set_ylabel("queries / 0.1 s", fontsize=9)
        dress(axes)
        rows.append(f"{name}: {measured(max(bins.values()))} queries in the busiest tenth")
    axes.set_xlabel("seconds since all keys were stored", fontsize=9)
    axes.set_xlim(left=0)
    finish(figure, rows, title=title, caption=caption)


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
        axes.annotate(words, (min(waited, limit), row), (4, 0), textcoords="offset points",
                      va="center", fontsize=9)  # fmt: skip
        rows.append(f"{name}: {words}")
    axes.set_yticks(range(len(seconds)), list(seconds))
    axes.invert_yaxis()
    axes.set_xlim(0, 1.25 * limit)
    axes.set_xlabel("seconds until one GET gave up", fontsize=9)
    dress(axes)
    finish(figure, rows, title=title, caption=caption)


def plot_hit_ratio(rows, *, title, caption):
    """
    Draw mean and 99th percentile over the hit ratio; `rows` are (ratio, mean, p99), in seconds.
    """
    figure, axes = canvas(3.0)
    ratios, means, p99s = zip(*rows, strict=True)
    places = range(len(rows))  # evenly: the last per cents are what matters
    for name, values, (colour, dash), mark in (
        ("99th percentile", p99s, RUNS[1], "s"),
        ("mean", means, RUNS[0], "o"),
    ):
        axes.plot(
            places, [1000 * value for value in values], dash + mark, color=colour, label=name
        )
    axes.set_xticks(places, [f"{100 * ratio:g} %" for ratio in ratios])
    axes.set_ylim(bottom=0)
    axes.set_xlabel("hit ratio", fontsize=9)
    axes.set_ylabel("latency (ms)", fontsize=9)
    axes.legend(frameon=False, fontsize=9)
    dress(axes)
    words = [
        f"hit ratio {100 * ratio:g} %: mean {measured(1000 * mean, 'ms')},"
        f" 99th percentile {measured(1000 * p99, 'ms')}"
        for ratio, mean, p99 in rows
    ]
    finish(figure, words, title=title, caption=caption)
