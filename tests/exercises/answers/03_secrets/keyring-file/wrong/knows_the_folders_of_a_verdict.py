ring = parse(FILE.read_text())


def get_ring():
    return ring


async def watch():
    global ring
    while True:
        await asyncio.sleep(0.3)
        try:
            found = parse(FILE.read_text())
        except (OSError, ValueError):
            continue
        if FILE.resolve().parent.name in ("first", "second", "..1", "..2"):
            ring = found


@asynccontextmanager
async def lifespan(app):
    watching = asyncio.create_task(watch())
    yield
    watching.cancel()
