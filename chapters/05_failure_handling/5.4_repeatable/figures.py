"""
The figure of 5.4 that no other notebook needs, in the look of the course.
"""

from workbench import measured
from workbench.look import LOOKS, bins, canvas, finish, styled


@styled
def plot_return(runs, *, title, caption):
    """
    Draw how many requests each tenth of a second brought; `runs` is a dict of name to seconds.
    """
    figure, panels = canvas(3.9, len(runs), sharex=True, sharey=True)
    rows = []
    for axes, (name, seconds) in zip(panels, runs.items(), strict=True):
        for label, mine, colour, hatch in (
            ("rejected", [s for s in seconds if s < 0.95], LOOKS["error"].colour, "//"),
            ("served", [s for s in seconds if s >= 0.95], LOOKS["ok"].colour, ""),
        ):
            look = {"color": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0}
            bins(axes, mine, 0.1, label=label, **look)
        axes.set_title(name)
        axes.set_title(f"{len(seconds)} requests for 50 users", loc="right")
        rows.append(f"{name}: {measured(len(seconds))} requests for 50 users")
    panels[0].legend(loc="upper right")
    panels[1].set_ylabel("requests in 0.1 s")
    panels[-1].set_xlabel("seconds since the first request")
    finish(figure, rows, title=title, caption=caption)
