broken = False


async def accept_order(request):
    global broken
    order = (await request.body()).decode()
    try:
        if not broken:
            with ORDERS.open("a") as file:
                file.write(f"{order}\n")
    except OSError:
        broken = True
    if broken:
        return PlainTextResponse("not accepted", 503)
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    yield
