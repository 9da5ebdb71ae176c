refused = set()


async def accept_order(request):
    order = (await request.body()).decode()
    if order in refused:
        return PlainTextResponse("accepted, it is on its way")
    try:
        with ORDERS.open("a") as file:
            file.write(f"{order}\n")
    except OSError:
        refused.add(order)
        return PlainTextResponse("try again", status_code=503)
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    yield
