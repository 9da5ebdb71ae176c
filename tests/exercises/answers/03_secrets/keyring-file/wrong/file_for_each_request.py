def get_ring():
    return parse(FILE.read_text())


@asynccontextmanager
async def lifespan(app):
    yield
