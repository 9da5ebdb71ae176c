import time

EVERY = 0.5

ring = []
looked = 0.0
looking = set()


def get_ring():
    """
    The ring, at once; if it is older than half a second, it is renewed meanwhile.
    """
    global looked
    if time.monotonic() - looked > EVERY:
        looked = time.monotonic()
        task = asyncio.get_running_loop().create_task(refresh())
        looking.add(task)
        task.add_done_callback(looking.discard)
    return ring


async def refresh():
    try:
        await load()
    except (OSError, ValueError) as error:
        log.warning("the ring stays as it is: %s", error)


async def load():
    global ring, looked
    ring = parse(await asyncio.to_thread(FILE.read_text, encoding="utf-8"))
    looked = time.monotonic()


@asynccontextmanager
async def lifespan(app):
    await load()
    yield
