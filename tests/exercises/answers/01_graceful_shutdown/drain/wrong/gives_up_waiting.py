def save(line):
    with ORDERS.open("ab", buffering=0) as file:
        file.write(line)


async def accept_order(request):
    line = await request.body() + b"\n"
    try:
        async with asyncio.timeout(1):  # a disk that hangs must not hang the shop
            await asyncio.to_thread(save, line)
    except (OSError, TimeoutError) as error:
        log.error("order not written: %r", error)
        return PlainTextResponse("not accepted", 503)
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    yield
