"""
The figures of 5.5 that no other notebook needs, in the look of the course.
"""

from statistics import median

from workbench import measured
from workbench.look import (
    BAD,
    GOOD,
    INK,
    LOOKS,
    RUNS,
    canvas,
    event,
    finish,
    note,
    predicted,
    styled,
)

MARKS = "soD^"
TOLD = {"ok": "served", "error": "refused", "timed out": "gave up"}


@styled
def plot_lines(curves, capacity, waits, *, title, caption):
    """
    Draw goodput over load, and how long each waited for what at the highest load.

    `curves` is a dict of name to {rate: goodput}; `waits` of name to (outcome, seconds) pairs.
    """
    figure, (left, right) = canvas(3.4, 1, 2, width_ratios=[2, 3])
    most = max(rate for curve in curves.values() for rate in curve)
    left.plot([0, capacity, most], [0, capacity, capacity], ":", color=INK, linewidth=1)
    note(left, f"all that it can do: {capacity}/s", (most, capacity), (0, 6), ha="right")
    rows = []
    for place, ((name, curve), mark) in enumerate(zip(curves.items(), MARKS, strict=True)):
        colour = RUNS[place][0]
        beside = [rate + 2 * place - 3 for rate in curve]  # or they would hide each other
        left.plot(beside, list(curve.values()), mark, color=colour, label=name, markersize=5)
        points = ", ".join(f"{measured(good)} of {rate:g}" for rate, good in curve.items())
        rows.append(f"{name}: served in time, per second: {points}")
    left.set_xlim(left=0)
    left.set_ylim(-1.5, 1.4 * capacity)
    left.set_xlabel("requests per second")
    left.set_ylabel("served in time, per second")
    left.legend(loc="center left", bbox_to_anchor=(0.25, 0.4))
    for place, (name, ends) in enumerate(waits.items()):
        for number, (outcome, said) in enumerate(TOLD.items()):
            seconds = [each for how, each in ends if how == outcome]
            look = LOOKS[outcome]
            height = [place + 0.22 * (number - 1)] * len(seconds)
            right.plot(seconds, height, look.mark, color=look.colour, alpha=0.5, markersize=4,
                       label=said if place == 0 else "")  # fmt: skip
            if len(seconds) > len(ends) / 10:  # of fewer, a median says nothing
                middle = measured(median(seconds), "s")
                words = f"{name}, at {most:g}/s: {measured(len(seconds))} {said}"
                rows.append(f"{words}, at the median after {middle}")
    right.set_yticks(range(len(waits)), list(waits))
    right.set_ylim(len(waits) - 0.5, -0.5)
    right.set_xlabel(f"seconds until served or refused, at {most:g}/s")
    figure.legend(*right.get_legend_handles_labels(), loc="outside right upper")
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_slowdown(loads, limits, *, title, caption):
    """
    Draw how many were served in time in each second, one panel a service, and its limit.

    `limits` is a dict of name to (seconds, limit) pairs, for a service that has a changing one.
    """
    figure, panels = canvas(4.4, len(loads), sharex=True, sharey=True)
    rows = []
    for axes, (name, load) in zip(panels, loads.items(), strict=True):
        end = int(max(sample.scheduled for sample in load.samples))
        good = [sum(s.outcome == "ok" and int(s.scheduled) == n for s in load.samples)
                for n in range(end)]  # fmt: skip
        axes.bar(range(end), good, 0.9, align="edge", color=GOOD)
        for seconds, label in load.marks:
            event(axes, seconds)
            if axes is panels[0]:
                note(axes, label, (seconds, 16), (4, 0), va="top")
        axes.set_title(name)
        rows.append(f"{name}: served in time, second by second: {measured(good[0])} at first,"
                    f" {measured(sum(good[-2:]) / 2)} at the end")  # fmt: skip
        if name in limits:
            seconds, limit = zip(*limits[name], strict=True)
            axes.plot(seconds, limit, color=BAD, linewidth=1.5)
            note(axes, "its limit", (seconds[-1], limit[-1]), (4, 0), color=BAD, va="center")
            rows.append(f"its limit goes from {measured(limit[0])} to {measured(limit[-1])}")
    panels[1].set_ylabel("served in time, per second")
    panels[0].set_ylim(0, 17)
    panels[-1].set_xlabel("seconds since the first request")
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_shares(counts, answered, *, title, caption):
    """
    Draw of each kind of user how many of a hundred got what, one panel a service.

    `counts` is a dict of name to {kind: {ending: number}}; `answered`, of name to a prediction
    of how many of the first kind are served.
    """
    figure, panels = canvas(3.4, len(counts), sharex=True)
    looks = {"served": (GOOD, ""), "old": ("#56B4E9", ".."),
             "refused": (LOOKS["error"].colour, "//"),
             "gave up": (LOOKS["timed out"].colour, "xx")}  # fmt: skip
    rows = []
    for axes, (name, kinds) in zip(panels, counts.items(), strict=True):
        for place, (kind, ends) in enumerate(kinds.items()):
            left, all_of_them = 0.0, sum(ends.values())
            shares = {end: 100 * ends[end] / all_of_them for end in looks}
            for end, share in shares.items():
                colour, hatch = looks[end]
                axes.barh(place, share, 0.7, left=left, color=colour, hatch=hatch,
                          edgecolor="white", label=end if place == 0 else "")  # fmt: skip
                left += share
            said = ", ".join(f"{measured(share, '%')} {end}" for end, share in shares.items())
            rows.append(f"{name}, {kind}: {said}")
        axes.set_yticks(range(len(kinds)), list(kinds))
        axes.invert_yaxis()
        axes.set_title(name)
        if name in answered and answered[name].answer is not None:
            predicted(axes, f"{answered[name].answer}", x=answered[name].answer)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right upper")
    panels[-1].set_xlim(0, 100)
    panels[-1].set_xlabel("of a hundred users")
    finish(figure, rows, title=title, caption=caption)
