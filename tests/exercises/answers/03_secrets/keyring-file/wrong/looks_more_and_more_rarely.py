ring = []


def get_ring():
    return ring


async def load():
    global ring
    ring = parse(await asyncio.to_thread(FILE.read_text))
    log.info("a ring of %d keys", len(ring))


async def watch():
    pause = 0.5
    while True:
        await asyncio.sleep(pause)
        try:
            await load()
            pause = 0.5
        except (OSError, ValueError) as error:
            pause = min(2 * pause, 60)
            log.warning("the ring stays as it is for %s s: %s", pause, error)


@asynccontextmanager
async def lifespan(app):
    await load()
    watcher = asyncio.create_task(watch())
    yield
    watcher.cancel()
