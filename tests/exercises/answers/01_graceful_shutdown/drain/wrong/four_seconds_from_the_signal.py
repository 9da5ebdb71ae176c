import threading


def save(order):
    with ORDERS.open("a") as file:
        file.write(order + "\n")
        file.flush()
        os.fsync(file.fileno())


async def accept_order(request):
    order = (await request.body()).decode()
    try:
        await asyncio.to_thread(save, order)
    except OSError:
        log.exception("order not written")
        return PlainTextResponse("try again", 503)
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    the_servers = signal.getsignal(signal.SIGTERM)

    def stop(signum, frame):
        # The server drains; if anything keeps it, we end by ourselves all the same.
        watchdog = threading.Timer(4, os._exit, (0,))
        watchdog.daemon = True
        watchdog.start()
        the_servers(signum, frame)

    signal.signal(signal.SIGTERM, stop)
    yield
