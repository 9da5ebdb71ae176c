waiting = []  # orders, and who is to be told what became of each
something = asyncio.Event()


async def write_together():
    while True:
        await something.wait()
        something.clear()
        batch = waiting.copy()
        waiting.clear()
        try:
            with ORDERS.open("a") as file:
                file.writelines(f"{order}\n" for order, _ in batch)
        except OSError:
            for _, told in batch:
                told.set_result(False)
        else:
            for _, told in batch:
                told.set_result(True)


async def accept_order(request):
    told = asyncio.get_running_loop().create_future()
    waiting.append(((await request.body()).decode(), told))
    something.set()
    if await told:
        return PlainTextResponse("accepted")
    return PlainTextResponse("not accepted", 503)


@asynccontextmanager
async def lifespan(app):
    writer = asyncio.create_task(write_together())
    yield
    writer.cancel()
