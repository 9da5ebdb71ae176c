"""
The figure of 2.1 that no other notebook needs, in the look of the course.
"""

from workbench.look import INK, LOOKS, canvas, finish, styled

GREY = "#999999"


@styled
def plot_layers(layers, winners, *, title, caption):
    """
    Draw a column for each combination of layers: who spoke, and who was heard.

    Args:
        layers: Their names, the strongest first.
        winners: A dict of the combination, a tuple of names, to the name of the winner.
        title: The finding.
        caption: The set-up.
    """
    figure, axes = canvas(2.9)
    rows = {layer: row for row, layer in enumerate(layers)}
    for column, (present, winner) in enumerate(winners.items()):
        for layer in present:
            won = layer == winner
            axes.plot(
                column,
                rows[layer],
                LOOKS["ok"].mark,
                color=LOOKS["ok"].colour if won else GREY,
                markerfacecolor=LOOKS["ok"].colour if won else "white",
                markersize=13 if won else 8,
            )
    axes.set_yticks(list(rows.values()), list(rows), fontsize=9, color=INK)
    axes.set_ylim(len(layers) - 0.5, -0.6)
    axes.set_xticks([])
    axes.set_xlim(-0.6, len(winners) - 0.4)
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for row in range(len(layers)):
        axes.axhline(row + 0.5, color="#dddddd", linewidth=0.6)
    axes.set_xlabel(
        "one column a combination: ● the value that counts, ○ given and overruled", color=INK
    )
    words = [f"{' + '.join(present)}: {winner}" for present, winner in winners.items()]
    finish(figure, words, title=title, caption=caption)
