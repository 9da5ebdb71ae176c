"""
The figure of 4.1 that no other notebook needs, in the look of the course.
"""

from rollouts import failed

from workbench import measured
from workbench.look import LOOKS, canvas, event, finish, styled


@styled
def plot_rollouts(shops, *, title, caption):
    """
    A row for each shop: its requests, those that failed raised, and what kubectl said.
    """
    figure, panels = canvas(0.9 + 0.95 * len(shops), len(shops), sharex=True, squeeze=False)
    rows = []
    for axes, (name, shop) in zip(panels[:, 0], shops.items(), strict=True):
        zero = shop.said[0].seconds
        for sample in shop.load.samples:
            look = LOOKS[sample.outcome]
            low = 0 if sample.outcome == "ok" else 0.5
            axes.vlines(sample.scheduled - zero, low, low + 0.45, look.colour, linewidth=1)
        times = [said.seconds - zero for said in shop.said]
        for at, then, said in zip(times, [*times[1:], float("inf")], shop.said, strict=True):
            event(axes, at)
            # What is followed at once is named on the other side of its line.
            side, gap = ("right", -0.05) if then - at < 1.2 else ("left", 0.05)
            axes.text(at + gap, 1.6, said.short, va="top", ha=side)
        axes.set_ylim(0, 1.6)
        axes.set_xlim(left=-1.2)
        axes.set_yticks([0.22, 0.72], ["ok", "failed"])
        axes.grid(visible=False)
        axes.set_title(name)
        said = ", ".join(said.short for said in shop.said)
        lost, all_of_them = failed(shop.since(0)), len(shop.since(0))
        rows.append(f"{name}: {said}; {measured(lost)} of {measured(all_of_them)} failed")
    panels[-1, 0].set_xlabel("seconds since kubectl said that the image is set")
    finish(figure, rows, title=title, caption=caption)
