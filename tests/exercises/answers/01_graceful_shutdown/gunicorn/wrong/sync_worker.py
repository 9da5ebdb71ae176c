worker_class = "sync"
timeout = 4
graceful_timeout = 4
