unwritten = []


def write_down():
    with ORDERS.open("a") as file:
        file.writelines(f"{order}\n" for order in unwritten)
    unwritten.clear()


async def accept_order(request):
    unwritten.append((await request.body()).decode())
    if len(unwritten) == 100:
        write_down()
    return PlainTextResponse("accepted")


async def flush_now_and_then():
    while True:
        await asyncio.sleep(0.5)
        write_down()


@asynccontextmanager
async def lifespan(app):
    flusher = asyncio.create_task(flush_now_and_then())
    yield
    flusher.cancel()
    write_down()
