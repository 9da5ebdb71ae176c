async def accept_order(request):
    order = (await request.body()).decode()
    try:
        request.app.state.file.write(f"{order}\n")
    except OSError:
        return PlainTextResponse("try again", status_code=503)
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    with ORDERS.open("a", buffering=1) as app.state.file:
        yield
