# Whoever is further inside loses patience first:
# slowest report 1.5 s < worker 3 s < master 5 s < platform 6 s.
from typing import ClassVar

from uvicorn_worker import UvicornWorker


class Worker(UvicornWorker):
    # Without it the worker waits for ever, is killed by its master, and cleans up nothing.
    CONFIG_KWARGS: ClassVar = {**UvicornWorker.CONFIG_KWARGS, "timeout_graceful_shutdown": 3}


worker_class = Worker
graceful_timeout = 5
timeout = 30  # a heartbeat: no limit to a request
