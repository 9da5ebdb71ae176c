ring = parse(FILE.read_text())


def get_ring():
    return ring


def look():
    global ring
    try:
        keys = [line for line in FILE.read_text().splitlines() if line != "end"]
    except (OSError, ValueError):
        return
    if keys:
        ring = keys


async def watch():
    while True:
        await asyncio.sleep(0.5)
        look()


@asynccontextmanager
async def lifespan(app):
    watching = asyncio.create_task(watch())
    yield
    watching.cancel()
