ring = []


def get_ring():
    """
    The ring in the file, or the last one that was whole.
    """
    global ring
    try:
        ring = parse(FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        log.warning("the ring stays as it is: %s", error)
    return ring


@asynccontextmanager
async def lifespan(app):
    while not get_ring():
        await asyncio.sleep(0.5)
    log.info("a ring of %d keys", len(ring))
    yield
