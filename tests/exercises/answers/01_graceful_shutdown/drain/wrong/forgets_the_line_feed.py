async def accept_order(request):
    with ORDERS.open("ab") as file:
        file.write(await request.body())
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    yield
