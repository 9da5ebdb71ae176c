import atexit

atexit.register(write_down)


@asynccontextmanager
async def lifespan(app):
    yield
