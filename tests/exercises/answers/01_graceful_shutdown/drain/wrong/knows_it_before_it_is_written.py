known = set()


async def accept_order(request):
    order = (await request.body()).decode()
    if order in known:
        return PlainTextResponse("accepted")
    known.add(order)
    try:
        with ORDERS.open("a") as file:
            file.write(f"{order}\n")
    except OSError:
        return PlainTextResponse("try again", status_code=503)
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    yield
