ring = parse(FILE.read_text())


def get_ring():
    return ring


def stamp():
    status = FILE.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size


seen = stamp()


def look():
    global ring, seen
    try:
        now = stamp()
        if now != seen:
            ring, seen = parse(FILE.read_text()), now
    except (OSError, ValueError):
        pass


async def watch():
    while True:
        await asyncio.sleep(0.5)
        look()


@asynccontextmanager
async def lifespan(app):
    watching = asyncio.create_task(watch())
    yield
    watching.cancel()
