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
    Draw who was served by what: a row of panels for each version, a column a strategy.

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
    figure, panels = canvas(
        1.0 * len(runs) + 1.2, len(runs), len(strategies), sharex=True, sharey=True,
        squeeze=False)  # fmt: skip
    rows = []
    for line, (version, outcomes) in zip(panels, runs.items(), strict=True):
        for axes, strategy in zip(line, strategies, strict=True):
            draw(axes, outcomes[strategy])
        line[0].set_ylabel(f"{version}\nrequests/0.5 s", fontsize=8)
        for name, run in outcomes.items():
            rows.append(f"{version}, {name}: {measured(len(run.failed))} failed; {run.words}")
    for axes, strategy in zip(panels[0], strategies, strict=True):
        name = strategy.replace("_", "\n", 1).replace("_", " ")
        axes.annotate(name, (0, 1.22), xycoords="axes fraction", fontweight="bold")
    panels[-1][0].set_xlabel("seconds since\nthe deploy began", fontsize=8)
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower right", ncols=3)
    return figure, rows


def draw(axes, run):
    zero = run.samples[BEFORE].scheduled
    edges = [BIN * step for step in range(-2, int((run.samples[-1].scheduled - zero) / BIN))]
    good, bad = LOOKS["ok"].colour, LOOKS["error"].colour
    looks = {
        "old": {"color": good, "alpha": 0.35, "label": "old version"},
        "new": {"color": good, "label": "new version"},
        "failed": {"color": bad, "hatch": "////", "edgecolor": "white", "linewidth": 0,
                   "label": "failed"},
    }  # fmt: skip
    below = [0] * len(edges)
    for name, look in looks.items():
        times = [s.scheduled - zero for s in run.samples if kind(s) == name]
        counts = [sum(edge <= time < edge + BIN for time in times) for edge in edges]
        axes.bar(edges, counts, BIN, bottom=below, align="edge", **look)
        below = [low + count for low, count in zip(below, counts, strict=True)]
    number = len(run.failed)
    colour = LOOKS["refused"].colour if number else good
    axes.set_title(f"{number} failed", loc="right", fontsize=8, fontweight="bold", color=colour,
                   pad=2)  # fmt: skip
    axes.tick_params(labelsize=7)


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
        rows[strategy] = {
            version.removeprefix("v2-"): hurt_by(outcome)
            for version, outcome in outcomes.items()
        } | {
            "processes": f"{max(o.peak for o in outcomes.values())}",
            "takes": measured(outcomes["v2"].took, "s"),
            "back in": measured(max(backs), "s") if backs else "–",
        }
    return rows
