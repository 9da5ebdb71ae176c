def keeper():
    current, before = [], None

    def get():
        return current

    async def load(*, settled=True):
        nonlocal current, before
        text = await asyncio.to_thread(FILE.read_text, encoding="utf-8")
        if settled and text != before:
            before = text  # next time, if it is still so
            return
        before = text
        current = parse(text)

    return get, load


get_ring, load = keeper()


async def look_on(pause=0.2):
    while True:
        await asyncio.sleep(pause)
        try:
            await load()
        except (OSError, ValueError):
            log.debug("no ring there", exc_info=True)


@asynccontextmanager
async def lifespan(app):
    await load(settled=False)
    async with asyncio.TaskGroup() as group:
        looker = group.create_task(look_on())
        yield
        looker.cancel()
