"""
What became of a request and of a cleanup when a service was stopped, and a picture of it.
"""

from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from workbench import measured
from workbench._plots import DPI, INK, LOOKS, WIDTH, _dress, _show, _title, _twin

PHASES = {  # colour, hatch
    "preStop": ("#BBBBBB", ".."),
    "SIGTERM without effect": ("#E69F00", "//"),
    "drain": ("#56B4E9", ""),
    "cleanup": ("#0072B2", "xx"),
}
GOOD, BAD = LOOKS["ok"].colour, LOOKS["refused"].colour


@dataclass(frozen=True)
class Stop:
    """How one stop went. `code` as a shell or an engine shows it: 128 + signal."""

    answered: bool
    cleaned: bool
    code: int
    seconds: dict[str, float]  # of each phase

    def __str__(self):
        request = "answered" if self.answered else "lost"
        cleanup = "ran" if self.cleaned else "lost"
        return f"request {request}, cleanup {cleanup}, exit {self.code}"


def look_back(service, load, began, term, ended):
    """Read from a stopped service's log when it heard of the stop, and what it still did."""

    def when(text):
        seen = (service.started + line.seconds for line in service.log if text in line.text)
        return next(seen, ended)

    times = [began, term, when("Shutting down"), when("cleanup began"), ended]
    seconds = [max(0.0, after - before) for before, after in zip(times, times[1:], strict=False)]
    return Stop(
        answered=load.count("ok") == 1,
        cleaned=when("cleanup done") < ended,
        code=service.returncode if service.returncode >= 0 else 128 - service.returncode,
        seconds=dict(zip(PHASES, seconds, strict=True)),
    )


def plot_stops(stops, *, grace, title, caption):
    """One bar a stop, from its beginning to the end of the process; what was lost beside it."""
    figure = Figure(figsize=(WIDTH, 1.45 + 0.3 * len(stops)), dpi=DPI)
    axes = figure.subplots()
    height = figure.get_figheight()
    figure.subplots_adjust(left=0.29, right=0.66, top=1 - 0.75 / height, bottom=0.55 / height)
    for row, (name, stop) in enumerate(stops.items()):
        left = 0.0
        for phase, seconds in stop.seconds.items():
            colour, hatch = PHASES[phase]
            axes.barh(row, seconds, 0.6, left, color=colour, hatch=hatch, edgecolor="white")
            left += seconds
        if stop.code == 137:
            axes.plot(left, row, "X", color=BAD, markersize=9, clip_on=False, zorder=3)
        facts = [
            ("✓ answered" if stop.answered else "✗ lost", stop.answered),
            ("✓ ran" if stop.cleaned else "✗ lost", stop.cleaned),
            (str(stop.code), stop.code != 137),
        ]
        for x, (text, good) in zip((1.06, 1.40, 1.70), facts, strict=True):
            _write(axes, x, row, text, GOOD if good else BAD)
    for x, head in ((1.06, "request"), (1.40, "cleanup"), (1.70, "exit code")):
        _write(axes, x, -0.9, head, INK)
    axes.set_yticks(range(len(stops)), stops, family="monospace")
    axes.set_ylim(len(stops) - 0.5, -0.6)
    axes.set_xlim(left=0)
    _dress(axes)
    axes.grid(visible=False)
    if grace:
        axes.axvline(grace, color=INK, linewidth=1, linestyle=(0, (4, 2)))
        axes.text(grace, -0.75, "grace is over", ha="right", fontsize=8, color=INK)
    axes.set_xlabel("seconds since the stop began", fontsize=9)
    present = [p for p in PHASES if any(stop.seconds[p] > 0.02 for stop in stops.values())]
    handles = [Patch(color=PHASES[p][0], hatch=PHASES[p][1], ec="white", label=p) for p in present]
    figure.legend(handles=handles, loc="lower right", fontsize=8, frameon=False)
    _title(figure, title, caption)
    rows = [f"{name}: {stop}, after {measured(sum(stop.seconds.values()), 's')}"
            for name, stop in stops.items()]
    _show(figure, _twin(title, rows))


def _write(axes, x, row, text, colour):
    axes.text(x, row, text, color=colour, fontsize=9, va="center",
              transform=axes.get_yaxis_transform())
