"""
What 4.2 makes of its runs: what each has cost, in a figure, in words and in a table.
"""

import re
from dataclasses import dataclass

from stand_ins.fleet import BEFORE, place
from workbench import Sample, measured
from workbench.look import LOOKS, canvas, finish, styled

BIN = 0.5  # seconds
LAST = 40  # requests that tell what has become of it
OVER = r"over: (\d+) processes at most, (\d+\.\d+) s, (?:not rolled back|.+ in (\d+\.\d+) s)"


@dataclass(frozen=True)
class Outcome:
    """
    A deploy that was tried: its requests, and what the fleet says that it took.
    """

    samples: list[Sample]
    peak: int  # processes
    took: float  # seconds
    back: float | None  # seconds from the refusal until only the old version serves

    @property
    def failed(self):
        return [sample for sample in self.samples if sample.outcome != "ok"]

    @property
    def hurt(self):
        """
        The users who saw a failure.
        """
        return {sample.body.rpartition(", ")[2] for sample in self.failed}

    @property
    def share_hurt(self):
        everybody = {sample.body.rpartition(", ")[2] for sample in self.samples}
        return len(self.hurt) / len(everybody)

    @property
    def for_good(self):
        """
        Whether requests still fail when all is over.
        """
        return any(sample.outcome != "ok" for sample in self.samples[-LAST:])

    @property
    def words(self):
        """
        Who was hurt, and for how long: the same on every machine.
        """
        if not self.failed:
            return "✓ nobody"
        if self.for_good:
            return "✗ for good"
        return "a tenth, a while" if all(map(in_tenth, self.hurt)) else "✗ for a while"


def outcome(load, fleet):
    """
    What a load and the log of its fleet tell of a deploy.
    """
    (line,) = fleet.wait_log("over: ")
    peak, took, back = re.fullmatch(OVER, line.text).groups()
    return Outcome(load.samples, int(peak), float(took), float(back) if back else None)


def in_tenth(user):
    """
    Whether the canary's first tenth has this user in it.
    """
    return place(user) < 10


def kind(sample):
    if sample.outcome != "ok":
        return "failed"
    return "new" if sample.body.startswith("v2") else "old"


def plot_deploys(runs, *, title, caption):
    """
    Draw who was served by what, a panel for each deploy: of several versions, a row for each
    and a column a strategy; of one, in larger panels.

    `runs` is a dict of version to a dict of strategy to `Outcome`.
    """
    figure, rows = draw_deploys(runs)
    finish(figure, rows, title=title, caption=caption)


@styled
def draw_deploys(runs):
    """
    The figure, and what it says in words.
    """
    strategies = list(next(iter(runs.values())))
    one = len(runs) == 1
    wide = (3 if len(strategies) % 3 == 0 else 2) if one else len(strategies)
    high = len(runs) * len(strategies) // wide
    figure, panels = canvas(
        1.35 * high + 0.8, high, wide, sharex=True, sharey=True, squeeze=False)  # fmt: skip
    places, rows = iter(panels.flat), []
    for version, outcomes in runs.items():
        for strategy, run in outcomes.items():
            axes = next(places)
            draw(axes, run)
            if one:
                axes.set_title(spaced(strategy), fontweight="bold", pad=4)
            lost = measured(len(run.failed))
            rows.append(f"{version}, {spaced(strategy)}: {lost} failed; {run.words}")
    if not one:
        for line, version in zip(panels, runs, strict=True):
            line[0].set_ylabel(version)
        for axes, strategy in zip(panels[0], strategies, strict=True):
            name = spaced(strategy).replace(" ", "\n", 1)
            axes.annotate(name, (0, 1.18), xycoords="axes fraction", fontweight="bold")
    figure.supylabel(f"requests in {BIN} s")
    panels[-1][0].set_xlabel("seconds since\nthe deploy began")
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower right", ncols=3)
    return figure, rows


def spaced(strategy):
    return strategy.replace("_", " ")


def draw(axes, run):
    zero = run.samples[BEFORE].scheduled
    edges = [BIN * step for step in range(-2, int((run.samples[-1].scheduled - zero) / BIN))]
    good, bad = LOOKS["ok"].colour, LOOKS["error"].colour
    looks = {  # from below: what has failed stands on the ground, where it can be compared
        "failed": {"color": bad, "hatch": "////", "edgecolor": "white", "linewidth": 0,
                   "label": "failed"},
        "new": {"color": good, "label": "new version"},
        "old": {"color": good, "alpha": 0.35, "label": "old version"},
    }  # fmt: skip
    below = [0] * len(edges)
    for name, look in looks.items():
        times = [s.scheduled - zero for s in run.samples if kind(s) == name]
        counts = [sum(edge <= time < edge + BIN for time in times) for edge in edges]
        axes.bar(edges, counts, BIN, bottom=below, align="edge", **look)
        below = [low + count for low, count in zip(below, counts, strict=True)]
    number = len(run.failed)
    colour = LOOKS["refused"].colour if number else good
    axes.set_title(f"{number} failed", loc="right", fontweight="bold", color=colour, pad=4)


def hurt_by(outcome):
    """
    The share of the users who saw a failure; to whole per cents, since who comes is chance.
    """
    return f"{'✗' if outcome.failed else '✓'} {measured(round(100 * outcome.share_hurt), '%')}"


def table(runs):
    """
    What each strategy has cost, in the cells of a table: users hurt by each version, and so on.

    The way back counts where users had met the new version, or nobody had been served.
    """
    rows = {}
    for strategy in next(iter(runs.values())):
        outcomes = {version: by_strategy[strategy] for version, by_strategy in runs.items()}
        backs = [o.back for o in outcomes.values() if o.back is not None and o.failed]
        rows[spaced(strategy)] = {
            version.removeprefix("v2-"): hurt_by(outcome)
            for version, outcome in outcomes.items()
        } | {
            "processes": f"{max(o.peak for o in outcomes.values())}",
            "takes": measured(outcomes["v2"].took, "s"),
            "back in": measured(max(backs), "s") if backs else "–",
        }
    return rows
