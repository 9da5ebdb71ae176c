"""
The tools that the workbook's experiments are made with.

All durations are float seconds.
Whatever holds a process, a fault or a load is also a block: leaving it restores the world.
"""

import workbench._surroundings  # noqa: F401, first: what it takes out, nothing below has read

from ._board import Board, board
from ._claims import claim, measured
from ._grid import plot_grid
from ._plots import plot_latency, plot_percentiles, plot_timeline
from ._predictions import Question, predict, predictions
from ._process import LogLine, Process, start
from ._proxy import Proxy, proxy
from ._scratch import scratch
from ._servers import PostgresServer, RedisServer, postgres_server, redis_server
from ._source import show
from ._traffic import Traffic, traffic
from ._waiting import wait_until
from .exercises.notebook import exercise, progress
from .sidecars.load_generator import Sample

__all__ = [
    "Board",
    "LogLine",
    "PostgresServer",
    "Process",
    "Proxy",
    "Question",
    "RedisServer",
    "Sample",
    "Traffic",
    "board",
    "claim",
    "exercise",
    "measured",
    "plot_grid",
    "plot_latency",
    "plot_percentiles",
    "plot_timeline",
    "postgres_server",
    "predict",
    "predictions",
    "progress",
    "proxy",
    "redis_server",
    "scratch",
    "show",
    "start",
    "traffic",
    "wait_until",
]
