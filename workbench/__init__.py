"""
The tools that the workbook's experiments are made with.

All durations are float seconds.
Whatever holds a process, a fault or a load is also a block: leaving it restores the world.
"""

from ._claims import claim, measured
from ._exercise import exercise, progress
from ._grid import plot_grid
from ._plots import plot_latency, plot_percentiles, plot_timeline
from ._process import LogLine, Process, start
from ._proxy import Proxy, proxy
from ._scratch import scratch
from ._source import show
from ._traffic import Sample, Traffic, traffic

__all__ = [
    "LogLine",
    "Process",
    "Proxy",
    "Sample",
    "Traffic",
    "claim",
    "exercise",
    "measured",
    "plot_grid",
    "plot_latency",
    "plot_percentiles",
    "plot_timeline",
    "progress",
    "proxy",
    "scratch",
    "show",
    "start",
    "traffic",
]
