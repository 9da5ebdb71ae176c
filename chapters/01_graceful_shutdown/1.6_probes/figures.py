"""
The figure of 1.6 that no other notebook needs, in the look of the course.
"""

from workbench import measured
from workbench.look import BAD, GOOD, LOOKS, canvas, event, finish, styled


@styled
def plot_waves(shops, *, title, caption):
    """
    A panel for each shop: its replicas, while they were ready, and what its users had.
    """
    figure, panels = canvas(0.9 + 1.45 * len(shops), len(shops), sharex=True)
    end = max(at for shop in shops.values() for at, _ in shop.users)
    rows = []
    for axes, (name, shop) in zip(panels, shops.items(), strict=True):
        replicas = sorted(shop.readiness)
        for height, replica in enumerate(replicas, start=1):
            for since, to in _spans(shop.readiness[replica], end):
                axes.barh(height, to - since, 0.5, since, color=GOOD, alpha=0.35)
            for restarted, at in shop.restarts:
                if restarted == replica:
                    axes.plot(at, height, "X", color=BAD, markersize=9)
        for at, outcome in shop.users:
            low = -0.3 if outcome == "ok" else 0.1
            axes.vlines(at, low, low + 0.35, LOOKS[outcome].colour, linewidth=1)
        for seconds, label in shop.load.marks:
            at = seconds - shop.load.marks[0][0]
            event(axes, at)
            axes.text(at + 0.1, 4.25, label, va="top")
        axes.set_ylim(-0.5, 4.3)
        axes.set_xlim(-1, end + 0.2)
        axes.set_yticks([-0.12, 0.28, 1, 2, 3], ["answered", "lost", *replicas])
        axes.grid(visible=False)
        axes.set_title(name)
        rows.append(
            f"{name}: {shop.restarted} of {len(replicas)} replicas restarted;"
            f" {measured(shop.hurt)} of {measured(len(shop.users))} requests not answered"
        )
    panels[-1].set_xlabel("seconds; bars: a replica is ready; ✗: it is restarted")
    finish(figure, rows, title=title, caption=caption)


def _spans(changes, end):
    """
    From when to when a replica was ready.
    """
    since = None
    for at, ready in [*changes, (end, False)]:
        if ready and since is None:
            since = max(at, -1)
        elif not ready and since is not None:
            yield since, at
            since = None
