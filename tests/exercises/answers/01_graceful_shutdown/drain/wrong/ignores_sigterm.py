def stop(signum, frame):
    write_down()


signal.signal(signal.SIGTERM, stop)


@asynccontextmanager
async def lifespan(app):
    yield
