def save(order):
    with ORDERS.open("a") as file:
        file.write(f"{order}\n")
        file.flush()
        os.fsync(file.fileno())


async def accept_order(request):
    order = (await request.body()).decode()
    try:
        await asyncio.to_thread(save, order)
    except OSError:
        return PlainTextResponse("not accepted", 503, {"Retry-After": "1"})
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    yield
