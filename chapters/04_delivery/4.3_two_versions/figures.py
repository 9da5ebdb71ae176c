"""
The figures of 4.3 that no other notebook needs, in the look of the course.
"""

from stand_ins.fleet import place
from workbench import measured
from workbench.look import LOOKS, RUNS, canvas, event, finish, styled

NOTICED = 0.5  # seconds: who waits longer has noticed


def clicks(load):
    """
    Of each user, the versions that answered, in the order of the clicks.
    """
    seen = {}
    for sample in load.samples:
        version, _, user = sample.body.rpartition(", ")
        seen.setdefault(user, []).append((sample.scheduled, version))
    return seen


def saw_new(load):
    return {user for user, times in clicks(load).items() if any(v == "v2" for _, v in times)}


def changed(load):
    """
    The users to whom both versions have answered.
    """
    return {user for user, times in clicks(load).items() if len({v for _, v in times}) > 1}


@styled
def plot_clicks(runs, *, title, caption):
    """
    Draw each click as a mark in the row of its user, a panel a run; the users in one order.
    """
    figure, panels = canvas(3.2, 1, len(runs), sharex=True, sharey=True)
    looks = {"v1": ("#bbbbbb", ".", 3), "v2": (RUNS[1][0], "s", 3)}
    rows = []
    for axes, (name, load) in zip(panels, runs.items(), strict=True):
        users = sorted(clicks(load).items(), key=lambda item: (place(item[0]), item[0]))
        for version, (colour, mark, size) in looks.items():
            points = [
                (time, row)
                for row, (_, times) in enumerate(users)
                for time, answered in times
                if answered == version
            ]
            axes.plot(*zip(*points, strict=True), mark, color=colour, markersize=size,
                      label=version)  # fmt: skip
        new, both = len(saw_new(load)), len(changed(load))
        axes.set_title(f"{name}: {new} users saw v2, {both} of them both")
        axes.set_xlabel("seconds")
        axes.grid(visible=False)
        rows.append(
            f"{name}: {measured(new)} users saw v2, {measured(both)} of them v1 as well"
        )
    panels[0].set_ylabel("a row for each user")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower right", ncols=2)
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_numbers(needed, alarms, *, title, caption):
    """
    Draw how many answers a canary needs, over its share of errors, and what looks cost.

    `needed` is a dict of share to answers, `alarms` of looks to a share of good versions.
    """
    figure, (left, right) = canvas(2.8, 1, 2)
    shares = [100 * share for share in needed]
    left.loglog(shares, list(needed.values()), RUNS[0][1], marker="o", color=RUNS[0][0])
    left.set_xticks(shares, [f"{share:g}" for share in shares], fontsize=8)
    left.minorticks_off()
    left.set_yticks([10, 100, 1000, 10_000], ["10", "100", "1,000", "10,000"])
    left.set_xlabel("% of errors of the new version; the old has 1")
    left.set_ylabel("answers of each that it takes")
    names = [f"{looks} look{'s' if looks > 1 else ''}" for looks in alarms]
    values = [100 * share for share in alarms.values()]
    right.barh(names, values, color=LOOKS["refused"].colour, hatch="////", edgecolor="white")
    for row, value in enumerate(values):
        right.text(value + 0.4, row, f"{value:.0f} %", va="center", fontsize=9)
    event(right, 5)
    right.annotate("promised", (5, -0.75), ha="center")
    right.set_ylim(len(names) - 0.4, -1.0)
    right.set_xlim(0, 1.2 * max(values))
    right.set_xlabel("% of GOOD versions refused")
    rows = [f"1 % against {100 * s:g} %: {n} answers of each" for s, n in needed.items()]
    rows += [
        f"{name}: {value:.0f} % refused" for name, value in zip(names, values, strict=True)
    ]
    finish(figure, rows, title=title, caption=caption)


@styled
def plot_waits(runs, *, title, caption):
    """
    Draw each read as a bar from the time it was to leave to its end, a panel a run.

    What its user noticed has another colour and another mark than what went at once.
    """
    figure, panels = canvas(1.9 * len(runs) + 0.4, len(runs), sharex=True, sharey=True)
    rows = []
    for axes, (name, load) in zip(panels, runs.items(), strict=True):
        zero = load.marks[0][0]
        reads = list(enumerate(load.samples, start=1))
        kinds = {
            "ok": ("answered at once", [r for r in reads if r[1].latency <= NOTICED]),
            "timed out": ("waited for longer", [r for r in reads if r[1].latency > NOTICED]),
        }
        for outcome, (label, points) in kinds.items():
            look = LOOKS[outcome]
            for row, sample in points:
                span = (sample.scheduled - zero, sample.done - zero)
                axes.plot(span, (row, row), color=look.colour, linewidth=1.2)
            ends = [sample.done - zero for _, sample in points]
            numbers = [row for row, _ in points]
            axes.plot(ends, numbers, look.mark, color=look.colour, markersize=3.5, label=label)
        for seconds, words in load.marks:
            event(axes, seconds - zero)
            axes.text(seconds - zero + 0.04, 0, words, va="top")
        waited, of = len(kinds["timed out"][1]), len(reads)
        axes.set_title(f"{name}: {waited} of {of} reads took more than {NOTICED} s")
        axes.set_ylabel("read")
        rows.append(f"{name}: {measured(waited)} of {measured(of)} took more than {NOTICED} s")
    panels[0].invert_yaxis()  # the first read on top
    panels[-1].set_xlabel("seconds since ALTER waits")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower right", ncols=2)
    finish(figure, rows, title=title, caption=caption)
