EVERY = 0.5

ring = []
current = []  # what the file says


def get_ring():
    return ring


async def load():
    global ring, current
    fresh = parse(await asyncio.to_thread(FILE.read_text, encoding="utf-8"))
    if fresh == current:
        return
    # Tokens of a moment ago are about: the key that signed them is still believed.
    before = [key for key in current[:1] if key not in fresh]
    ring, current = fresh + before, fresh
    log.info("a ring of %d keys", len(ring))


async def keep_loading():
    while True:
        await asyncio.sleep(EVERY)
        try:
            await load()
        except (OSError, ValueError) as error:
            log.warning("the ring stays as it is: %s", error)


@asynccontextmanager
async def lifespan(app):
    await load()
    task = asyncio.create_task(keep_loading())
    yield
    task.cancel()
