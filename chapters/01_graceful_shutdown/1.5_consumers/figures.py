"""
What each worker did with each order, and a picture of it.
"""

from dataclasses import dataclass

from workbench.look import INK, LOOKS, canvas, event, finish, note, styled

FATES = {  # of an order, by how often it was charged
    0: ("never charged", LOOKS["refused"]),
    1: ("charged once", LOOKS["ok"]),
    2: ("charged twice", LOOKS["error"]),
}
NARROW = 0.1  # seconds; no number fits into such a box
GHOST = 0.3  # the seconds that a lost order is drawn with


@dataclass
class Attempt:
    """
    What one worker did with one order, in seconds of `time.monotonic()`.
    """

    order: str
    begun: float
    charged: float | None = None
    done: float | None = None  # None: it was broken off
    last: float = 0.0  # when the worker said something for the last time


@dataclass(frozen=True)
class Run:
    """
    The attempts of each worker, what became of the orders, and what was done to the workers.
    """

    attempts: dict[str, list[Attempt]]
    fates: dict[str, int]
    marks: list[tuple[float, str]]

    def count(self, times):
        """
        How many orders were charged so many times.
        """
        return list(self.fates.values()).count(times)

    def waited(self, order):
        """
        Seconds from the old worker's fetch, with which its first attempt begins, to the new
        worker's attempt at an order.
        """
        old, new = self.attempts.values()
        return next(each.begun for each in new if each.order == order) - old[0].begun

    def receipts(self, order):
        """
        How many receipts were sent for an order.
        """
        made = [attempt for each in self.attempts.values() for attempt in each]
        return sum(attempt.order == order and attempt.done is not None for attempt in made)

    def __str__(self):
        return ", ".join(f"{self.count(n)} {FATES[n][0]}" for n in (1, 2, 0) if self.count(n))


def look_back(shop, workers, marks):
    """
    Read from the logs of the workers what they did, and from the ledger what came of it.
    """
    attempts = {}
    for worker in workers:
        made = attempts[worker.name] = []
        for seconds, text in worker.log:
            order, _, what = text.rpartition(" ")
            when = worker.started + seconds
            if what == "begun":
                made.append(Attempt(order, when))
            elif what == "charged":
                made[-1].charged = when
            elif what == "sent":
                made[-1].done = when
            if made:
                made[-1].last = when
    return Run(attempts, shop.fates(), marks)


@styled
def plot_workers(runs, *, title, caption):
    """
    Draw a lane for each worker, a box for each order that it begins, and a mark for a charge.
    """
    size = 1.15 + 0.85 * len(runs), len(runs)
    figure, panels = canvas(*size, sharex=True, squeeze=False)
    for axes, (name, run) in zip(panels[:, 0], runs.items(), strict=True):
        zero = run.marks[0][0]
        for lane, made in enumerate(run.attempts.values()):
            for attempt in made:
                _draw_attempt(axes, lane, attempt, run, zero)
        _draw_lost(axes, [order for order, times in run.fates.items() if times == 0])
        for seconds, label in run.marks:
            event(axes, seconds - zero)
            note(axes, label, (seconds - zero, -0.62), (3, 0), va="center")
        axes.set_yticks(range(len(run.attempts)), run.attempts)
        axes.set_ylim(len(run.attempts) - 0.5, -0.9)
        axes.grid(visible=False)
        axes.set_title(f"{name}: {run}")
    since = " / ".join(dict.fromkeys(run.marks[0][1] for run in runs.values()))
    panels[-1, 0].set_xlabel(f"seconds since {since}")
    rows = [f"{name}: {run}" for name, run in runs.items()]
    finish(figure, rows, title=title, caption=caption)


def _draw_attempt(axes, lane, attempt, run, zero):
    """
    A box in the colour of what became of the order; a cross where it was broken off.
    """
    fate = run.fates[attempt.order]
    look = FATES[fate][1]
    end = max(attempt.last, zero) if attempt.done is None else attempt.done
    if fate:
        seconds = end - attempt.begun
        _draw_box(axes, lane, attempt.order, attempt.begun - zero, seconds, look.colour)
    if attempt.charged:
        mark = {"color": look.colour, "markersize": 8, "markeredgecolor": "white"}
        axes.plot(attempt.charged - zero, lane, look.mark, **mark)
    if attempt.done is None:
        axes.plot(end - zero, lane, "X", color=INK, markersize=5, zorder=3)


def _draw_box(axes, lane, order, begun, seconds, colour, **look):
    axes.barh(lane, seconds, 0.62, begun, color=colour, alpha=0.35, edgecolor="white", **look)
    if seconds > NARROW:
        number = order.split()[-1]
        note(axes, number, (begun, lane), (4, 0), va="center", fontsize=9)


def _draw_lost(axes, orders):
    """
    Where the old worker would have done them, after the signal.
    """
    colour = FATES[0][1].colour
    for place, order in enumerate(orders):
        _draw_box(axes, 0, order, place * GHOST, GHOST, colour, hatch="////")
    if orders:
        words = {"color": colour, "fontweight": "bold", "fontsize": 9, "va": "center"}
        note(axes, "✗ never charged", (len(orders) * GHOST, 0), (6, 0), **words)
