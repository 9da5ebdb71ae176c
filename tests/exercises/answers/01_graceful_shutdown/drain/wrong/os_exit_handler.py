def stop(signum, frame):
    write_down()
    os._exit(0)


signal.signal(signal.SIGTERM, stop)


@asynccontextmanager
async def lifespan(app):
    yield
