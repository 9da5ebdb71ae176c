async def accept_order(request):
    order = (await request.body()).decode()
    if not ORDERS.parent.is_dir():
        return PlainTextResponse("try again", status_code=503)
    with ORDERS.open("a") as file:
        file.write(f"{order}\n")
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    yield
