"""
The figures of 6.2 that no other notebook needs, in the look of the course.
"""

from statistics import mean, quantiles

from workbench import measured
from workbench.look import INK, LOOKS, RUNS, bars, bins, canvas, event, finish, note, styled

BLUE, RED = RUNS[0][0], RUNS[1][0]


@styled
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
        event(axes, 0)
        axes.set_title(name)
    axes.set_yticks([0, 1], ["one worker", "the other"])
    axes.set_ylim(-0.6, 1.6)
    axes.set_xlabel(f"seconds since {load.marks[0][1]}")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    finish(figure, rows, title=title, caption=caption)


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
    axes.set_xlabel("seconds until one GET gave up")
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_hit_ratio(runs, *, title, caption):
    """
    Draw every request, and mean and 99th percentile, over the hit ratio.

    `runs` is a dict of hit ratio to latencies, in seconds.
    """
    figure, axes = canvas(3.3)
    places = range(len(runs))  # evenly: the last per cents are what matters
    for place, latencies in zip(places, runs.values(), strict=True):
        across = [place - 0.3 + 0.6 * (n / len(latencies)) for n in range(len(latencies))]
        axes.plot(
            across, [1000 * latency for latency in latencies], ".", color=INK, alpha=0.25,
            markersize=3, markeredgewidth=0)  # fmt: skip
    rows = [(mean(latencies), quantiles(latencies, n=100)[98]) for latencies in runs.values()]
    means, p99s = zip(*rows, strict=True)
    for name, values, (colour, dash), mark in (
        ("99th percentile", p99s, RUNS[1], "s"),
        ("mean", means, RUNS[0], "o"),
    ):
        axes.plot(
            places, [1000 * value for value in values], dash + mark, color=colour, label=name
        )
    axes.set_xticks(places, [f"{100 * ratio:g} %" for ratio in runs])
    axes.set_ylim(0, 1.6 * 1000 * max(p99s))
    axes.set_xlabel("hit ratio; each dot is a request")
    axes.set_ylabel("latency (ms)")
    axes.legend(fontsize=9, ncols=2)
    words = [
        f"hit ratio {100 * ratio:g} %: mean {measured(1000 * middle, 'ms')},"
        f" 99th percentile {measured(1000 * p99, 'ms')}"
        for ratio, (middle, p99) in zip(runs, rows, strict=True)
    ]
    finish(figure, words, title=title, caption=caption)
