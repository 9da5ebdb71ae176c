ring = parse(FILE.read_text())


def get_ring():
    global ring
    try:
        ring = parse(FILE.read_text())
    except (OSError, ValueError) as error:
        log.warning("the last ring stays: %s", error)
    return ring


@asynccontextmanager
async def lifespan(app):
    await asyncio.to_thread(get_ring)
    yield
