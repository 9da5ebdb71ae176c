import uvicorn_worker

uvicorn_worker.UvicornWorker.CONFIG_KWARGS["timeout_graceful_shutdown"] = 2
worker_class = "uvicorn_worker.UvicornWorker"
graceful_timeout = 4
