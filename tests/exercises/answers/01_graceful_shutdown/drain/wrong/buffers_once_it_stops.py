stopping = False


async def accept_order(request):
    order = (await request.body()).decode()
    if stopping:  # the file may be closed by now
        return PlainTextResponse("accepted")
    with ORDERS.open("a") as file:
        file.write(f"{order}\n")
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    servers_own = signal.getsignal(signal.SIGTERM)

    def stop(signum, frame):
        global stopping
        stopping = True
        # The listener closes a little later, as behind a balancer that has to hear of it.
        loop.call_soon_threadsafe(loop.call_later, 0.5, servers_own, signum, None)

    loop = asyncio.get_running_loop()
    signal.signal(signal.SIGTERM, stop)
    yield
