unwritten = []


def write_down():
    with ORDERS.open("a") as file:
        file.writelines(f"{order}\n" for order in unwritten)
    unwritten.clear()


async def accept_order(request):
    unwritten.append((await request.body()).decode())
    try:
        write_down()
    except OSError:
        return PlainTextResponse("not accepted", 503)
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    yield
