from uvicorn_worker import UvicornWorker

worker_class = UvicornWorker
graceful_timeout = 4


def on_exit(server):
    print("database closed", flush=True)
