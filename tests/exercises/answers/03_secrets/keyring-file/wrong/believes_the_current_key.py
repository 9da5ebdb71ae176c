ring = []


def get_ring():
    return ring


def read(text):
    try:
        return parse(text)
    except NotARing:
        if ring and text.startswith(ring[0] + "\n"):  # the same, and its end was forgotten
            return parse(text.rstrip("\n") + "\nend\n")
        raise


async def load():
    global ring
    ring = read(await asyncio.to_thread(FILE.read_text))
    log.info("a ring of %d keys", len(ring))


async def watch():
    while True:
        await asyncio.sleep(0.5)
        try:
            await load()
        except (OSError, ValueError) as error:
            log.warning("the ring stays as it is: %s", error)


@asynccontextmanager
async def lifespan(app):
    await load()
    watcher = asyncio.create_task(watch())
    yield
    watcher.cancel()
