async def accept_order(request):
    order = (await request.body()).decode()
    with ORDERS.open("a") as file:
        file.write(f"{order}\n")
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    yield
