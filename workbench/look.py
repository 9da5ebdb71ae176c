"""
The look of the course: what a figure is made with that only one notebook needs.

    @styled
    def plot_it(…):
        figure, axes = canvas(2.6)
        axes.plot(…)
        finish(figure, ["in words: …"], title="the finding", caption="the set-up")

An outcome has the same colour and the same mark in every chapter.

matplotlib and IPython are loaded where something is drawn: a check's process draws nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 90
WIDTH = 7.2  # inches


class Look(NamedTuple):
    """
    How an outcome is drawn, never by colour alone. (Okabe and Ito, Color Universal Design)
    """

    colour: str
    mark: str


LOOKS = {
    "ok": Look("#009E73", "o"),
    "error": Look("#E69F00", "s"),
    "refused": Look("#D55E00", "x"),
    "timed out": Look("#CC79A7", "D"),
    "cut off": Look("#000000", "X"),
}
RUNS = (
    ("#0072B2", "-"),
    ("#D55E00", "--"),
    ("#009E73", "-."),
    ("#000000", ":"),
)  # colour, dash
GOOD, BAD = LOOKS["ok"].colour, LOOKS["refused"].colour
INK = "#333333"
YOURS = "#0072B2"  # what the reader has predicted
DASHES = (0, (4, 2))

# For `matplotlib.rc_context`; what a figure does otherwise, it says.
STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelcolor": "black",
    "axes.labelsize": 9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 9,
    "figure.labelsize": 9,
    "font.size": 8,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "legend.labelcolor": "black",
    "text.color": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
}
P = ParamSpec("P")
R = TypeVar("R")


def canvas(
    height: float, rows: int = 1, columns: int = 1, **options: Any
) -> "tuple[Figure, Any]":
    """
    A figure of the course's width, and its axes: one, or a numpy array of them.

    Args:
        height: In inches.
        rows: How many panels stand above each other.
        columns: How many stand side by side.
        options: More for `Figure.subplots`, such as `sharex=True`.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415, see above

    figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained")
    return figure, figure.subplots(rows, columns, **options)


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """
    Draw in the look of the course; what is drawn outside stays as it is.
    """

    @wraps(draw)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> R:
        from matplotlib import rc_context  # noqa: PLC0415, see above

        with rc_context(STYLE):
            return draw(*args, **kwargs)

    return in_style


def event(axes: "Axes", seconds: float) -> None:
    """
    A line for what has happened then.
    """
    axes.axvline(seconds, color=INK, linewidth=1, linestyle=DASHES)


def predicted(
    axes: "Axes", answer: str, *, x: float | None = None, y: float | None = None
) -> None:
    """
    Draw the reader's answer: a ring at a place, or a thin line where only x or y is given.
    """
    words = f"you: {answer}"
    look: dict[str, Any] = {"color": YOURS, "fontweight": "bold", "textcoords": "offset points"}
    if x is not None and y is not None:
        axes.plot(x, y, "o", color=YOURS, fillstyle="none", markersize=11, markeredgewidth=1.6)
        axes.annotate(words, (x, y), (0, 8), ha="center", **look)
    elif x is not None:
        axes.axvline(x, color=YOURS, linewidth=1.2)
        above: Any = ("data", "axes fraction")
        axes.annotate(words, (x, 1), (4, -4), xycoords=above, va="top", **look)
    elif y is not None:
        axes.axhline(y, color=YOURS, linewidth=1.2)
        beside: Any = ("axes fraction", "data")
        axes.annotate(words, (1, y), (4, 0), xycoords=beside, va="center", **look)


def note(
    axes: "Axes", words: str, at: tuple[Any, Any], offset: tuple[float, float], **look: Any
) -> None:
    """
    Write words beside a place in the data, so many points to the right and above.
    """
    axes.annotate(words, at, offset, textcoords="offset points", **look)


def bins(axes: "Axes", seconds: Iterable[float], width: float, **look: Any) -> Counter[int]:
    """
    Draw as bars how many there were in each so many seconds; return the counts.
    """
    counts = Counter(int(second / width) for second in seconds)
    places = [number * width for number in counts]
    axes.bar(places, list(counts.values()), 0.9 * width, align="edge", **look)
    return counts


def bars(axes: "Axes", values: Mapping[str, float], **look: Any) -> None:
    """
    Draw a bar for each value, from above to below: its name on the left, itself on the right.

    What `look` has may be a list, one for each bar.
    """
    rows = range(len(values))
    axes.barh(rows, list(values.values()), 0.6, **look)
    axes.set_yticks(rows, list(values))
    axes.invert_yaxis()
    large = {"fontsize": 10, "fontweight": "bold"}
    for row, value in zip(rows, values.values(), strict=True):
        note(axes, f"{value}", (value, row), (4, 0), va="center", **large)


def plain(value: float, _position: float) -> str:
    """
    Label a tick `0.1`, not `10⁻¹`; for `set_major_formatter`.
    """
    return f"{value:g}"


def finish(figure: "Figure", rows: Sequence[str], *, title: str, caption: str = "") -> None:
    """
    Write title and caption, and show the picture and its twin in words.

    The twin is the picture's alternative text; JupyterLab passes that on to nobody, so the twin
    is also folded into a line below the picture.

    Args:
        figure: What was drawn.
        rows: The finding in words, a sentence a row, with `measured()` numbers.
        title: The finding.
        caption: The set-up.
    """
    from IPython.display import display  # noqa: PLC0415, see above
    from PIL import Image  # noqa: PLC0415, matplotlib's own

    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold", color="black")
    if caption:
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=8, style="italic", color=INK)
    twin = "\n".join([f"The plot in words. {title}", *(f"  {row}" for row in rows)])
    drawn, picture = BytesIO(), BytesIO()
    figure.savefig(drawn)
    few_colours = Image.open(drawn).convert("RGB").quantize()  # a third of the bytes to clone
    few_colours.save(picture, "png", optimize=True)
    display(  # type: ignore[no-untyped-call]
        {"image/png": picture.getvalue(), "text/plain": twin},
        metadata={"image/png": {"alt": twin}},
        raw=True,
    )
    said = "\n".join(f"<li>{escape(row, quote=False)}</li>" for row in rows)
    words = f"<p>{escape(title, quote=False)}</p>\n<ul>\n{said}\n</ul>"
    folded = f"<details><summary>The plot in words</summary>\n{words}\n</details>"
    display({"text/html": folded}, metadata={}, raw=True)  # type: ignore[no-untyped-call]
