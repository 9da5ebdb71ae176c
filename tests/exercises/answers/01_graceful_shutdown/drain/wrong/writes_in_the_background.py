from starlette.background import BackgroundTask


async def write_down(order):
    await asyncio.sleep(0.5)  # the disk is slow
    with ORDERS.open("a") as file:
        file.write(f"{order}\n")


async def accept_order(request):
    order = (await request.body()).decode()
    return PlainTextResponse("accepted", background=BackgroundTask(write_down, order))


@asynccontextmanager
async def lifespan(app):
    yield
