import fcntl


async def accept_order(request):
    order = (await request.body()).decode()
    try:
        with ORDERS.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(f"{order}\n")
    except OSError:
        return PlainTextResponse("not accepted", 503)
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    servers_own = signal.getsignal(signal.SIGTERM)

    def stop(signum, frame):
        log.info("goodbye")
        servers_own(signum, frame)

    signal.signal(signal.SIGTERM, stop)
    yield
