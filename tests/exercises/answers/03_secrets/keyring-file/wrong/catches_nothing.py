ring = parse(FILE.read_text())


def get_ring():
    return ring


def look():
    global ring
    ring = parse(FILE.read_text())


async def watch():
    while True:
        await asyncio.sleep(0.5)
        look()


@asynccontextmanager
async def lifespan(app):
    watching = asyncio.create_task(watch())
    yield
    watching.cancel()
