from typing import ClassVar

from uvicorn_worker import UvicornWorker


class Worker(UvicornWorker):
    CONFIG_KWARGS: ClassVar = {"lifespan": "off", "timeout_graceful_shutdown": 3}


worker_class = Worker
graceful_timeout = 5
