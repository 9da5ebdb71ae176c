ring = parse(FILE.read_text())


def get_ring():
    return ring


def look():
    global ring
    try:
        ring = parse(FILE.read_text())
    except (OSError, ValueError) as error:
        log.warning("the last ring stays: %s", error)


async def watch():
    while True:
        await asyncio.sleep(60)
        look()


@asynccontextmanager
async def lifespan(app):
    watching = asyncio.create_task(watch())
    yield
    watching.cancel()
