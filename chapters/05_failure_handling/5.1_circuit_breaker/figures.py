"""
The figures of 5.1 that no other notebook needs, in the look of the course.
"""

import json
from itertools import groupby

from matplotlib.lines import Line2D

from workbench import measured
from workbench.look import INK, LOOKS, bars, canvas, finish, plain, predicted, styled

MEANS = {200: "ok", 502: "cut off", 503: "error", 504: "timed out"}
WORDS = {
    "ok": "answered",
    "timed out": "waited in vain",
    "error": "rejected at once",
    "cut off": "got an error",
}
STATES = {
    "closed": (LOOKS["ok"].colour, ""),
    "half-open": ("#F0E442", "////"),
    "open": (LOOKS["refused"].colour, ""),
}


def waits(load):
    """
    The seconds that each caller waited who came while the stock hung.
    """
    (begin, _), (end, _) = load.marks
    return [s.latency for s in load.samples if begin <= s.scheduled < end]


@styled
def plot_reached(reached, *, title, caption, answered):
    """
    Draw how many calls reached the stock through each breaker, and what the reader predicted.

    Args:
        reached: What to call each breaker, and how many calls it let through.
        title: The finding.
        caption: The set-up.
        answered: For a breaker, the question how many it would be.
    """
    figure, axes = canvas(1.0 + 0.55 * len(reached))
    bars(axes, reached, color="#999999")
    axes.grid(False)
    axes.set_xlabel("calls that reached the stock")
    rows = [f"{name}: {count} calls reached the stock" for name, count in reached.items()]
    for row, name in enumerate(reached):
        if name in answered and answered[name].answer is not None:
            answer = answered[name].answer
            predicted(axes, f"{answer}", x=answer, y=row)
            rows[row] += f"; you predicted {answer}"
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_outage(runs, reached, *, title, caption, answered):
    """
    Draw every caller as a dot, and below them the state that the breaker's own answers tell.

    Args:
        runs: What to call each run, and its load, with two marks: the outage and the repair.
        reached: What to call each run, and how many calls reached the dead dependency.
        title: The finding.
        caption: The set-up.
        answered: For a run, the question how many are rejected after the repair.
    """
    figure, panels = canvas(1.2 + 1.65 * len(runs), len(runs), sharex=True, sharey=True)
    rows = []
    for axes, (name, load) in zip(panels, runs.items(), strict=True):
        zero = load.marks[0][0]
        draw_dots(axes, load.samples, zero)
        draw_states(axes, load.samples, zero)
        shade(axes, load)
        mean = sum(waits(load)) / len(waits(load))
        axes.set_title(
            f"{name}: {reached[name]} calls reached the dead stock,"
            f" its callers waited {mean:.2f} s on average")  # fmt: skip
        axes.set_ylabel("latency (s)")
        rows.append(
            f"{name}: {measured(reached[name])} calls reached the dead stock, and its callers"
            f" waited {measured(mean, 's')} on average"
        )
        if name in answered and answered[name].answer is not None:
            answer = answered[name].answer
            predicted(axes, f"{answer} rejected", x=after_repair(load, answer) - zero)
            rows[-1] += f"; you predicted {answer} rejected after the repair"
    frame(panels, runs.values())
    panels[0].set_ylim(bottom=panels[0].get_ylim()[0] / 3)  # room for the strip
    finish(figure, rows, title=title, caption=caption)


def after_repair(load, number):
    """
    When so many callers have come since the repair; of more than came, the last.
    """
    (_, (repair, _)) = load.marks
    since = [repair, *(s.scheduled for s in load.samples if s.scheduled > repair)]
    return since[min(number, len(since) - 1)]


@styled
def plot_cascade(runs, reached, *, title, caption):
    """
    Draw the callers of the endpoint that needs no stock, one panel a service.

    The first arguments are those of `plot_outage`.
    """
    figure, panels = canvas(1.2 + 1.3 * len(runs), len(runs), sharex=True, sharey=True)
    rows = []
    for axes, (name, load) in zip(panels, runs.items(), strict=True):
        draw_dots(axes, load.samples, load.marks[0][0])
        shade(axes, load)
        longest = max(waits(load))
        axes.set_title(
            f"{name}: waited {longest:.2f} s at most;"
            f" {reached[name]} calls reached the dead stock")  # fmt: skip
        axes.set_ylabel("latency (s)")
        rows.append(
            f"{name}: who asked for a price waited {measured(longest, 's')} at most, and"
            f" {measured(reached[name])} calls reached the dead stock"
        )
    frame(panels, runs.values())
    finish(figure, rows, title=title, caption=caption)


def outcome(sample):
    return MEANS.get(sample.status, "cut off")


def draw_dots(axes, samples, zero):
    for kind in WORDS:
        those = [s for s in samples if outcome(s) == kind]
        axes.plot(
            [s.scheduled - zero for s in those], [s.latency for s in those],
            LOOKS[kind].mark, color=LOOKS[kind].colour, markersize=4, alpha=0.8)  # fmt: skip


def draw_states(axes, samples, zero):
    """
    The strip: each answer says in which states its caller found and left the breaker.
    """
    seen = sorted(
        moment
        for s in samples
        if s.body
        for moment in zip((s.sent, s.done), json.loads(s.body)["states"], strict=False)
    )
    for begin, end, name in stretches(seen):
        colour, hatch = STATES[name]
        axes.axvspan(
            begin - zero, end - zero, 0, 0.13, facecolor=colour, hatch=hatch, edgecolor=INK,
            linewidth=0.4)  # fmt: skip
        if end - begin > 0.5:
            axes.text(
                (begin + end) / 2 - zero, 0.06, name, transform=axes.get_xaxis_transform(),
                ha="center", va="center", fontsize=7.5, color="white")  # fmt: skip


def stretches(seen):
    """
    From when to when the breaker was in which state, without what two callers saw crosswise.
    """
    found = []
    for name, group in groupby(seen, lambda moment: moment[1]):
        moments = [when for when, _ in group]
        if found and (found[-1][2] == name or moments[-1] - moments[0] < 0.05):
            found[-1][1] = moments[-1]
        else:
            found.append([moments[0], moments[-1], name])
    ends = [begin for begin, _, _ in found[1:]] + [end for _, end, _ in found[-1:]]
    return [(begin, end, name) for (begin, _, name), end in zip(found, ends, strict=True)]


def shade(axes, load):
    (begin, _), (end, _) = load.marks
    axes.axvspan(0, end - begin, color="#eeeeee", zorder=-1)


def frame(panels, loads):
    """
    What all panels share: the seconds, and what the dots mean.
    """
    left = [load.marks[0][0] for load in loads]
    right = [load.samples[-1].scheduled - load.marks[0][0] for load in loads]
    panels[0].set_xlim(-min(*left, 1.2), min(right))
    panels[0].set_yscale("log")
    panels[0].yaxis.set_major_formatter(plain)
    panels[-1].set_xlabel("seconds since the stock hangs; grey: it does")
    present = {outcome(s) for load in loads for s in load.samples}
    if len(present) == 1:
        return
    panels[0].legend(
        handles=[
            Line2D([], [], color=LOOKS[k].colour, marker=LOOKS[k].mark, linewidth=0, label=word)
            for k, word in WORDS.items()
            if k in present
        ],
        loc="lower center", ncols=4)  # fmt: skip
