@asynccontextmanager
async def lifespan(app):
    yield


def save(order):
    with ORDERS.open("ab", buffering=0) as file:
        file.write(order + b"\n")


async def accept_order(request):
    order = await request.body()
    try:
        # No wait without a limit: the drain must not hang on a disk.
        await asyncio.wait_for(asyncio.to_thread(save, order), timeout=2)
    except (OSError, TimeoutError):
        log.warning("order not written")
        return PlainTextResponse("try again", 503)
    return PlainTextResponse("accepted")
