from typing import ClassVar

from uvicorn_worker import UvicornWorker


class Worker(UvicornWorker):
    CONFIG_KWARGS: ClassVar = {**UvicornWorker.CONFIG_KWARGS, "timeout_graceful_shutdown": 5}


worker_class = Worker
graceful_timeout = 3
