def stop(signum, frame):
    write_down()
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)


@asynccontextmanager
async def lifespan(app):
    yield
