worker_class = "uvicorn_worker.UvicornWorker"
timeout = 120
graceful_timeout = 30
