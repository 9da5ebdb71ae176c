import atexit

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


atexit.register(write_down)


@asynccontextmanager
async def lifespan(app):
    yield
