async def accept_order(request):
    order = (await request.body()).decode()
    try:
        with ORDERS.open("a") as file:
            file.write(f"{order}\n")
    except OSError:
        return PlainTextResponse("not accepted", 503)
    return PlainTextResponse("accepted")


def stop(signum, frame):
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)


@asynccontextmanager
async def lifespan(app):
    yield
