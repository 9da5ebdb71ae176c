import threading


async def accept_order(request):
    order = (await request.body()).decode()
    try:
        with ORDERS.open("a") as file:
            file.write(f"{order}\n")
    except OSError:
        return PlainTextResponse("try again", status_code=503)
    return PlainTextResponse("accepted")


def stop(signum, frame):
    threading.Timer(1.2, os._exit, [0]).start()


signal.signal(signal.SIGTERM, stop)


@asynccontextmanager
async def lifespan(app):
    yield
