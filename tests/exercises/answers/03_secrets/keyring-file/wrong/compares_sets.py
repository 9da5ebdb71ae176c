ring = []


def get_ring():
    return ring


async def load():
    global ring
    new = parse(await asyncio.to_thread(FILE.read_text, encoding="utf-8"))
    added, removed = set(new) - set(ring), set(ring) - set(new)
    if added or removed:
        ring = new
        log.info("a ring of %d keys: %d added, %d removed", len(new), len(added), len(removed))


async def watch():
    while True:
        try:
            await load()
        except (OSError, ValueError) as error:
            log.warning("the ring stays as it was: %s", error)
        await asyncio.sleep(0.5)


@asynccontextmanager
async def lifespan(app):
    await load()
    task = asyncio.create_task(watch())
    yield
    task.cancel()
