"""
The look of the course: what a figure is made with that only one notebook needs.

    figure, axes = canvas(2.6)
    axes.plot(…)
    dress(axes)
    finish(figure, ["in words: …"], title="the finding", caption="the set-up")

An outcome has the same colour and the same mark in every chapter.

matplotlib and IPython are loaded where something is drawn: a check's process draws nothing.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

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
INK = "#333333"


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


def dress(axes: "Axes") -> None:
    """
    Give axes the look of the course.
    """
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8)


def plain(value: float, _position: float) -> str:
    """
    Label a tick `0.1`, not `10⁻¹`; for `set_major_formatter`.
    """
    return f"{value:g}"


def finish(figure: "Figure", rows: Sequence[str], *, title: str, caption: str = "") -> None:
    """
    Write title and caption, show the picture, and print its twin in words.

    Args:
        figure: What was drawn.
        rows: The finding in words, a sentence a row, with `measured()` numbers.
        title: The finding.
        caption: The set-up.
    """
    from IPython.display import display  # noqa: PLC0415, see above

    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    if caption:
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=8, style="italic", color=INK)
    twin = "\n".join([f"The plot in words. {title}", *(f"  {row}" for row in rows)])
    picture = BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    display(  # type: ignore[no-untyped-call]
        {"image/png": picture.getvalue(), "text/plain": twin},
        metadata={"image/png": {"alt": twin}},
        raw=True,
    )
    print(twin)
