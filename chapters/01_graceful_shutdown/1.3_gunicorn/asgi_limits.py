"""
Settings for gunicorn: its own `asgi` worker gives up on its last requests before the master.
"""


def post_fork(server, worker):
    # The worker waits as long as the master does, and then the master has won.
    worker.cfg.set("graceful_timeout", max(1, worker.cfg.graceful_timeout - 2))
