worker_class = "asgi"
timeout = 120
graceful_timeout = 4
