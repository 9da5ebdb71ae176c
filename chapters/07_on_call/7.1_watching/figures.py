"""
The figures of 7.1 that no other notebook needs, in the look of the course.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise

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

PAGE = RUNS[0][0]


@styled
def plot_answers(services, *, title, caption):
    """
    Draw how many answers of each status a service has counted, and how long they took.

    `services` is a dict of name to {status: (count, seconds of all together)}.
    """
    figure, axes = canvas(2.3)
    looks = {"200": (GOOD, ""), "504": (LOOKS["error"].colour, "///")}
    rows = []
    for place, (name, statuses) in enumerate(services.items()):
        left = 0
        for status, (count, seconds) in sorted(statuses.items()):
            colour, hatch = looks[status]
            look = {"color": colour, "hatch": hatch, "edgecolor": "white"}
            axes.barh(place, count, 0.6, left=left, **look)
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
            words = f"{count:g} × {status}"
            axes.text(left + count / 2, place, words, ha="center", va="center", bbox=box)
            left += count
            rows.append(f"{name}: {count:g} × {status}, {measured(seconds / count, 's')} each")
        mean = sum(seconds for _, seconds in statuses.values()) / left
        note(axes, f"{mean:.2f} s each, on average", (left, place), (6, 0), va="center")
    axes.set_yticks(range(len(services)), list(services))
    axes.invert_yaxis()
    axes.set_xlim(0, 28)
    axes.grid(visible=False)
    axes.set_xticks(range(0, 21, 5))
    axes.set_xlabel("answers, as each service has counted them")
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_trace(spans, words, left, *, title, caption):
    """
    Draw the spans of one request, and what was logged meanwhile.

    `spans` are (name, begin, end), `words` (service, seconds, event), `left` is when the user
    had an answer; all in seconds since the first span began.
    """
    figure, axes = canvas(2.8)
    rows = []
    places = {name: place for place, (name, _, _) in enumerate(spans)}
    for name, begin, end in spans:
        place, kept = places[name], min(end, left)
        axes.barh(place, kept - begin, 0.5, left=begin, color=GOOD)
        if end > left * 1.01:
            axes.barh(place, end - kept, 0.5, left=kept, color=BAD, hatch="///",
                      edgecolor="white")  # fmt: skip
        since = f"from {measured(begin, 's')} to {measured(end, 's')}"
        late = ", most of it for nobody" if end - left > left - begin else ""
        rows.append(f"{name}: {since}{late}")
    for service, seconds, _ in words:
        axes.plot(seconds, places[service], "|", color="black", markersize=17)
    event(axes, left)
    note(axes, "the user has an answer: 504", (left, -0.5), (4, 2), fontsize=9)
    note(axes, "work for nobody", (left, len(spans) - 1), (60, 13), color=BAD, fontsize=9)
    axes.set_yticks(range(len(spans)), list(places))
    axes.set_ylim(len(spans) - 0.5, -0.95)
    axes.set_xlim(left=0)
    axes.set_xlabel("seconds since the request   (black strokes: lines of the logs)")
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_idle(values, added, together, *, title, caption):
    """
    Draw what each scrape has read of a counter, and what their increases add up to.
    """
    figure, (above, below) = canvas(3.6, 2, sharex=True)
    shown = 80
    colour, _ = RUNS[0]
    above.plot(values[:shown], ".-", color=colour, linewidth=0.8, markersize=4)
    above.set_ylim(0, 1.2 * max(values))
    above.set_ylabel("errors, as read")
    sums = list(accumulate(added))
    below.plot(sums[:shown], color=BAD, linewidth=2)
    below.plot(list(accumulate(together))[:shown], color=GOOD, linewidth=2)
    look = {"fontsize": 9, "ha": "right"}
    note(below, "each worker alone", (shown / 2, sums[shown // 2]), (-10, 8), color=BAD, **look)
    note(below, "together, and in truth: none", (shown, 0), (0, 4), color=GOOD, **look)
    below.set_ylabel("by increase()")
    below.set_xlabel("scrapes, while nobody asks")
    rows = [f"it reads {measured(min(values))} and {measured(max(values))} in turn",
            f"by increase() {measured(sums[-1])} errors in {len(values)} scrapes; there were 0",
            f"together: {measured(sum(together))}"]  # fmt: skip
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_door(load, says, *, title, caption):
    """
    Draw how long each user waited, and what 99 % of them waited at most as the service has it.
    """
    figure, axes = canvas(2.7)
    when = [sample.scheduled for sample in load.samples]
    waited = [sample.latency for sample in load.samples]
    axes.plot(when, waited, "o", color=RUNS[1][0], markersize=4)
    axes.axhline(says, color=RUNS[0][0], linewidth=2)
    place = len(when) // 2
    look = {"fontsize": 9}
    note(axes, "what each user waited", (when[place], waited[place]), (-8, 8), ha="right",
         color=RUNS[1][0], **look)  # fmt: skip
    note(axes, "p99 of the service's own histogram", (when[-1], says), (0, 5), ha="right",
         color=RUNS[0][0], **look)  # fmt: skip
    axes.set_ylim(bottom=0)
    axes.set_xlabel("seconds since the first request")
    axes.set_ylabel("seconds")
    rows = [f"users: from {measured(min(waited), 's')} to {measured(max(waited), 's')}",
            f"the service: 99 % within {measured(says, 's')}"]  # fmt: skip
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_summaries(latencies, numbers, asked, *, title, caption):
    """
    Draw what each user waited, as a cloud, and what each way to sum them up says.

    `numbers` is a dict of name to seconds, the last of them what is so; `asked` a prediction of
    seconds.
    """
    figure, axes = canvas(2.9)
    height = len(numbers)
    spread = [height + 0.45 * (place % 9 - 4) / 4 for place in range(len(latencies))]
    axes.plot(latencies, spread, ".", color=INK, markersize=4)
    shortest, longest = measured(min(latencies), "s"), measured(max(latencies), "s")
    rows = [f"users waited between {shortest} and {longest}"]
    truth = list(numbers.values())[-1]
    for place, (name, seconds) in enumerate(numbers.items()):
        near = abs(seconds - truth) < 0.2 * truth
        mark, colour = ("o", GOOD) if near else ("X", BAD)
        axes.plot(seconds, place, mark, markersize=9, color=colour)
        note(axes, f"{seconds:.2g} s", (seconds, place), (9, 0), va="center", fontsize=9)
        rows.append(f"{name}: {measured(seconds, 's')}")
    axes.set_yticks(range(height + 1), [*numbers, "each user"])
    axes.set_ylim(-0.6, height + 0.7)
    axes.set_xlim(0, 2.8)
    axes.set_xlabel("seconds")
    if asked.answer is not None:
        predicted(axes, f"{asked.answer}", x=float(asked.answer.split()[0]))
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_pages(runs, pages, minute, budget, *, title, caption):
    """
    Draw when each rule pages for each illness, and how much of the budget was gone by then.

    `runs` is a dict of name to a bool for each request, whether it failed; `pages` of name to
    {rule: a bool for each request, whether it pages then}; `minute` is the requests of a
    minute, `budget` those that may fail in a month.
    """
    figure, panels = canvas(5.2, len(runs), sharex=True)
    rows = []
    for axes, (name, bad) in zip(panels, runs.items(), strict=True):
        for begin, end in stretches(bad):
            axes.axvspan(begin / minute, end / minute, color="#F3C9A9", linewidth=0)
        for place, (rule, on) in enumerate(pages[name].items()):
            for begin, end in stretches(on):
                axes.barh(place, (end - begin) / minute, 0.6, left=begin / minute, color=PAGE)
            if any(on):
                gone = 100 * sum(bad[: on.index(True) + 1]) / budget
                axes.text(101, place, f"{gone:.1f} % gone", va="center")
                first = measured(on.index(True) / minute)
                rows.append(f"{name}, {rule}: pages at minute {first}, {measured(gone, '%')} of"
                            " the budget are gone")  # fmt: skip
            else:
                axes.text(101, place, "no page", va="center", color=INK, style="italic")
                rows.append(f"{name}, {rule}: no page")
        axes.set_yticks(range(len(pages[name])), list(pages[name]))
        axes.set_ylim(len(pages[name]) - 0.5, -0.5)
        axes.grid(visible=False)
        axes.set_title(name)
        axes.set_xlim(0, 100)
    panels[-1].set_xlabel("minutes of the story   (shaded: requests fail; blue: a page)")
    finish(figure, rows, title=title, caption=caption)


def stretches(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """
    From where to where they are true.
    """
    steps = enumerate(pairwise([False, *flags, False]))
    edges = [place for place, (before, now) in steps if before != now]
    return list(zip(edges[::2], edges[1::2], strict=True))
