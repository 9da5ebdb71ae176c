def save(order):
    with ORDERS.open("ab", buffering=0) as file:  # O_APPEND: each write goes to the end
        file.write(order)
        file.write(b"\n")
        os.fsync(file.fileno())


async def accept_order(request):
    order = await request.body()
    try:
        await asyncio.to_thread(save, order)
    except OSError as error:
        log.error("order not written: %s", error)
        return PlainTextResponse("not accepted", 503)
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    yield
