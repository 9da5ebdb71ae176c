worker_class = "gthread"
threads = 8
timeout = 30
graceful_timeout = 4
