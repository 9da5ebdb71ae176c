async def accept_order(request):
    order = (await request.body()).decode()
    try:
        os.write(request.app.state.file, f"{order}\n".encode())
    except OSError:
        return PlainTextResponse("not accepted", 503)
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    app.state.file = os.open(ORDERS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    yield
    os.close(app.state.file)
