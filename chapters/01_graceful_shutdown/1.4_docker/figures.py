"""
What became of a request and of a cleanup when a service was stopped, and a picture of it.
"""

from dataclasses import dataclass
from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from workbench import measured
from workbench.look import BAD, DPI, GOOD, INK, WIDTH, finish, styled

PHASES = {  # colour, hatch
    "preStop": ("#BBBBBB", ".."),
    "SIGTERM not heard": ("#E69F00", "//"),
    "drain": ("#56B4E9", ""),
    "cleanup": ("#0072B2", "xx"),
}
COLUMNS = {"request": 1.05, "cleanup": 1.36, "exit": 1.62}  # in widths of the axes


@dataclass(frozen=True)
class Stop:
    """
    How one stop went; `code` as a shell or an engine shows it: 128 + the signal's number.
    """

    answered: bool
    cleaned: bool
    code: int
    seconds: dict[str, float]  # of each phase
    grace: float

    def __str__(self) -> str:
        request = "answered" if self.answered else "lost"
        cleanup = "ran" if self.cleaned else "lost"
        return f"request {request}, cleanup {cleanup}, exit {self.code}"


def look_back(service, load, *, began, term, ended, grace) -> Stop:
    """
    Read from the log of a stopped service when it heard of the stop, and what it still did.

    The times are those of `time.monotonic()`: the stop began, SIGTERM, the process had ended.
    """

    def when(text):
        times = (service.started + line.seconds for line in service.log if text in line.text)
        return next(times, ended)

    times = [began, term, when("Shutting down"), when("cleanup began"), ended]
    lengths = [max(0.0, to - since) for since, to in pairwise(times)]
    code = service.returncode
    return Stop(
        answered=load.count("ok") == 1,
        cleaned=when("cleanup done") < ended,
        code=code if code >= 0 else 128 - code,
        seconds=dict(zip(PHASES, lengths, strict=True)),
        grace=grace,
    )


@styled
def plot_stops(stops, *, title, caption):
    """
    Draw a bar for each stop, from its beginning to the end of the process, by phases.
    """
    height = 1.75 + 0.3 * len(stops)
    figure = Figure(figsize=(WIDTH, height), dpi=DPI)
    axes = figure.subplots()
    figure.subplots_adjust(0.26, 1.0 / height, 0.68, 1 - 0.65 / height)
    for row, stop in enumerate(stops.values()):
        _draw_bar(axes, row, stop)
        marks = {
            "request": ("✓ answered" if stop.answered else "✗ lost", stop.answered),
            "cleanup": ("✓ ran" if stop.cleaned else "✗ lost", stop.cleaned),
            "exit": (str(stop.code), None if stop.code != 137 else False),
        }
        for column, (text, good) in marks.items():
            _write(axes, column, row, text, {True: GOOD, False: BAD, None: INK}[good])
    for column in COLUMNS:
        _write(axes, column, -1, column, INK)
    axes.set_yticks(range(len(stops)), stops)
    axes.set_ylim(len(stops) - 0.5, -0.6)
    axes.set_xlim(
        0, max(max(stop.grace, *stop.seconds.values()) for stop in stops.values()) * 1.04
    )
    axes.grid(visible=False)
    axes.tick_params(axis="y", labelsize=9, length=0)
    axes.set_xlabel("seconds since the stop began")
    present = [p for p in PHASES if any(stop.seconds[p] > 0.15 for stop in stops.values())]
    handles = [Patch(fc=PHASES[p][0], hatch=PHASES[p][1], ec="white", label=p) for p in present]
    handles.append(axes.plot([], [], "|", color=INK, markersize=11, label="grace is over")[0])
    place = (0.0, 0.2 / height)
    figure.legend(handles=handles, loc="lower left", bbox_to_anchor=place, ncols=5)
    rows = []
    for name, stop in stops.items():
        rows.append(f"{name}: {stop}, after {measured(sum(stop.seconds.values()), 's')}")
    finish(figure, rows, title=title, caption=caption)


def _draw_bar(axes, row, stop):
    left = 0.0
    for phase, seconds in stop.seconds.items():
        colour, hatch = PHASES[phase]
        axes.barh(row, seconds, 0.6, left, color=colour, hatch=hatch, edgecolor="white")
        left += seconds
    if stop.grace:
        axes.plot([stop.grace] * 2, [row - 0.45, row + 0.45], color=INK, linewidth=1.5)
    if stop.code == 137:
        axes.plot(stop.grace, row, "X", color=BAD, markersize=9, clip_on=False, zorder=3)


def _write(axes, column, row, text, colour):
    place = axes.get_yaxis_transform()
    axes.text(
        COLUMNS[column], row, text, color=colour, fontsize=9, va="center", transform=place
    )
