"""
A table as a picture: what became of what, in which case.
"""

from collections.abc import Mapping

from .look import LOOKS, canvas, finish, styled

GOOD, BAD = "✓", "✗"
NEUTRAL = "#595959"  # still read as text, and neither good nor bad


@styled
def plot_grid(rows: Mapping[str, Mapping[str, str]], *, title: str, caption: str = "") -> None:
    """
    Draw a table: one row a case, one column a question, a word or two in each cell.

        plot_grid({"requests in flight": {"SIGTERM": "✓ answered", "SIGKILL": "✗ cut off"}}, …)

    A cell that begins with ✓ is drawn as good, with ✗ as bad, any other as neither. All that it
    says is printed too, and compared: write into it what is the same on every machine.

    Args:
        rows: What to call each row, and its cells by the name of the column.
        title: The finding.
        caption: The set-up.
    """
    columns = list(dict.fromkeys(column for cells in rows.values() for column in cells))
    figure, axes = canvas(0.9 + 0.3 * len(rows))
    axes.set_axis_off()
    names = max(map(len, rows)) / 11  # the width of the first column, in other columns
    axes.set_xlim(-names, len(columns))
    axes.set_ylim(len(rows) - 0.4, -1)
    for place, column in enumerate(columns):
        axes.text(place, -0.75, column, fontsize=9, fontweight="bold", va="center")
    for line, (name, cells) in enumerate(rows.items()):
        axes.axhline(line - 0.5, color="#dddddd", linewidth=0.6)
        axes.text(-names, line, name, fontsize=9, va="center")
        for place, column in enumerate(columns):
            words = cells.get(column, "")
            look = {"fontsize": 9, "color": _colour(words), "va": "center"}
            axes.text(place, line, words, parse_math=False, **look)  # a $ is a $
    lines = [
        f"{name}: " + ", ".join(f"{column}: {words}" for column, words in cells.items())
        for name, cells in rows.items()
    ]
    finish(figure, lines, title=title, caption=caption)


def _colour(words: str) -> str:
    if words.startswith(GOOD):
        return LOOKS["ok"].colour
    if words.startswith(BAD):
        return LOOKS["refused"].colour
    return NEUTRAL
