"""
The figure of 3.5 that no other notebook needs, in the look of the course.
"""

from workbench.look import BAD, GOOD, bars, canvas, finish, styled


@styled
def plot_bytes(kilobytes, *, title, caption):
    """
    Draw how many kilobytes a rotation encrypts anew, a bar a way, of which the last is good.
    """
    figure, axes = canvas(1.7)
    bars(axes, kilobytes, color=[*[BAD] * (len(kilobytes) - 1), GOOD])
    axes.set_xlabel("kB encrypted anew")
    rows = [f"{name}: {count} kB" for name, count in kilobytes.items()]
    finish(figure, rows, title=title, caption=caption)
