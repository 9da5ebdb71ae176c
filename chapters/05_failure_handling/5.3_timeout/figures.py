"""
The figures of 5.3 that no other notebook needs, in the look of the course.
"""

from collections import Counter

from workbench import measured
from workbench.look import BAD, GOOD, INK, RUNS, bars, canvas, event, finish, note, styled


@styled
def plot_drops(times, limit, *, title, caption):
    """
    Draw when each byte came, and where two limits of the same length look at it.
    """
    figure, axes = canvas(2.5)
    axes.step(times, range(1, len(times) + 1), where="post", color=RUNS[0][0], linewidth=1.6)
    axes.plot(times, range(1, len(times) + 1), ".", color=RUNS[0][0], markersize=4)
    axes.axvline(limit, color=BAD, linewidth=1.5, linestyle="--")
    look = {"fontsize": 9, "va": "center"}
    note(axes, "a limit for the whole\nends here", (limit, 52), (6, 0), color=BAD, **look)
    place = len(times) // 2
    axes.annotate("", (times[place], place + 1), (times[place] + limit, place + 1),
                  arrowprops={"arrowstyle": "<->", "color": INK})  # fmt: skip
    words = "a limit for each read\nbegins anew at every byte"
    note(axes, words, (times[place] + limit, place), (6, -4), **look)
    axes.set_xlim(left=0)
    axes.set_xlabel("seconds since the request")
    axes.set_ylabel("bytes")
    longest = max(b - a for a, b in zip([0, *times], times, strict=False))
    words = (
        f"{len(times)} bytes in {measured(times[-1], 's')}; the longest wait for one of them"
    )
    words += f" {measured(longest, 's')}, the limit {limit:g} s"
    finish(figure, [words], title=title, caption=caption)


@styled
def plot_steps(steps, most, *, title, caption):
    """
    Draw how many steps were worked for callers who had left after the first few.
    """
    figure, axes = canvas(2.4)
    wasted = [count == most for count in steps.values()]
    bars(
        axes,
        steps,
        color=[BAD if all_of_them else GOOD for all_of_them in wasted],
        hatch=["///" if all_of_them else "" for all_of_them in wasted],
        edgecolor="white",
    )
    axes.set_xlim(0, 1.1 * most)
    axes.set_xlabel("steps worked for ten callers, all of whom had left")
    rows = [
        f"{name}: {count if count == most else measured(count)} of {most} steps"
        for name, count in steps.items()
    ]
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_hops(runs, patience, *, title, caption):
    """
    Draw how long each hop of a chain was busy with each user, one panel a run.

    `runs` is a dict of name to (hops, steps): hops is a dict of hop to its (begin, end) pairs,
    steps are times; all in seconds since the user's request began.
    """
    figure, panels = canvas(3.7, len(runs), sharex=True, sharey=True)
    rows = []
    for axes, (name, (hops, steps)) in zip(panels, runs.items(), strict=True):
        for row, spans in enumerate(hops.values()):
            for place, (begin, end) in enumerate(spans):
                at = row - 0.36 + 0.72 * place / max(1, len(spans) - 1)
                kept = min(end, patience)
                axes.plot([begin, kept], [at, at], color=GOOD, linewidth=2)
                if end > patience:
                    axes.plot([kept, end], [at, at], color=BAD, linewidth=2)
        axes.set_yticks(range(len(hops)), list(hops))
        words = f"{name}: {len(steps)} steps in the last"
        axes.set_title(words)
        event(axes, patience)
        rows.append(f"{name}: {measured(len(steps))} steps worked in the last service")
        note(axes, "the user leaves", (patience, -0.75), (4, 0), va="center")
    panels[0].set_ylim(2.5, -1.1)  # the first hop on top
    panels[-1].set_xlim(left=0)
    panels[-1].set_xlabel("seconds since the user's request; a line a user")
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_goodput(curves, capacity, *, title, caption):
    """
    Draw what was answered in time over what was sent; `curves` is name to {rate: goodput}.
    """
    figure, axes = canvas(3.3)
    most = max(rate for curve in curves.values() for rate in curve)
    axes.plot([0, capacity, most], [0, capacity, capacity], ":", color=INK, linewidth=1)
    note(axes, f"all that it can do: {capacity}/s", (most, capacity), (0, 4), ha="right")
    rows = []
    # No lines: between two points nothing was measured, and there is a cliff at the capacity.
    looks = ((BAD, "s"), (GOOD, "o"))
    for (name, curve), (colour, mark) in zip(curves.items(), looks, strict=True):
        axes.plot(list(curve), list(curve.values()), mark, color=colour, markersize=9)
        last = curve[most]
        offset = (0, 8 if last < capacity / 2 else -14)
        look = {"fontsize": 10, "fontweight": "bold", "ha": "right"}
        note(axes, name, (most, last), offset, color=colour, **look)
        points = ", ".join(f"{measured(good)} of {rate:g}" for rate, good in curve.items())
        rows.append(f"{name}: answered in time, per second: {points}")
    axes.set_xlim(left=0)
    axes.set_ylim(-1.5, 1.25 * capacity)
    axes.set_xlabel("requests per second")
    axes.set_ylabel("answered in time, per second")
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_recovery(runs, pause, capacity, *, title, caption):
    """
    Draw attempts and served users per second, one panel a run.

    `runs` is a dict of name to (attempts, served), in seconds since the service was paused for
    `pause` seconds.
    """
    figure, panels = canvas(5.6, len(runs), sharex=True, sharey=True)
    end = int(max(attempts[-1] for attempts, _ in runs.values()))
    seconds = range(-1, end)
    rows = []
    for axes, (name, (attempts, served)) in zip(panels, runs.items(), strict=True):
        tries, good = (Counter(int(t // 1) for t in times) for times in (attempts, served))
        axes.axvspan(0, pause, color="#dddddd", linewidth=0)
        axes.axhline(capacity, color=INK, linewidth=0.8, linestyle=":")
        axes.step([*seconds, end], [tries[s] for s in [*seconds, end - 1]], "--",
                  where="post", color=BAD, label="attempts", linewidth=1.5)  # fmt: skip
        axes.bar(seconds, [good[s] for s in seconds], 0.9, align="edge", color=GOOD,
                 label="users served")  # fmt: skip
        axes.set_title(name)
        last = measured(sum(end - 2 <= t < end for t in served) / 2)
        sent = measured(sum(end - 2 <= t < end for t in attempts) / 2)
        rows.append(f"{name}: at the end {last} users a second served, from {sent} attempts")
    panels[0].annotate("paused", (pause / 2, 0.1), xycoords=("data", "axes fraction"),
                       ha="center")  # fmt: skip
    note(panels[0], f"can do {capacity}/s", (-1, capacity), (3, 3))
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right upper")
    figure.supylabel("per second")
    panels[-1].set_xlim(-1, end)
    panels[0].set_ylim(bottom=0)
    panels[-1].set_xlabel("seconds since the service was paused")
    finish(figure, rows, title=title, caption=caption)
