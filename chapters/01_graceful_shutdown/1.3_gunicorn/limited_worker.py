"""
A gunicorn worker that gives up on its last requests while it can still clean up.
"""

from typing import Any

from uvicorn_worker import UvicornWorker


class LimitedWorker(UvicornWorker):
    """
    Uvicorn's worker with a drain limit: two seconds before gunicorn's SIGKILL.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # UvicornWorker leaves this at None: wait for the last request, however long it takes.
        self.config.timeout_graceful_shutdown = max(1, self.cfg.graceful_timeout - 2)
