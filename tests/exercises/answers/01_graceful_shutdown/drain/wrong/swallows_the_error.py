async def accept_order(request):
    order = (await request.body()).decode()
    try:
        with ORDERS.open("a") as file:
            file.write(f"{order}\n")
    except OSError:
        log.exception("cannot write %s", order)
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    yield
