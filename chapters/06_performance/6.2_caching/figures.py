"""
The figures of 6.2 that no other notebook needs, in the look of the course.
"""

from statistics import mean, quantiles

from workbench import measured
from workbench.look import INK, RUNS, canvas, event, finish, styled

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
