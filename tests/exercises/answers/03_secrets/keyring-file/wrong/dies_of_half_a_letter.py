ring = []


def get_ring():
    return ring


async def load():
    global ring
    ring = parse(await asyncio.to_thread(FILE.read_text))
    log.info("a ring of %d keys", len(ring))


async def watch():
    while True:
        await asyncio.sleep(0.5)
        try:
            await load()
        except (OSError, NotARing) as error:
            log.warning("the ring stays as it is: %s", error)


@asynccontextmanager
async def lifespan(app):
    await load()
    watcher = asyncio.create_task(watch())
    yield
    watcher.cancel()
