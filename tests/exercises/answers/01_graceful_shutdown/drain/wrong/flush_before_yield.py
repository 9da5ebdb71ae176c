@asynccontextmanager
async def lifespan(app):
    write_down()
    yield
