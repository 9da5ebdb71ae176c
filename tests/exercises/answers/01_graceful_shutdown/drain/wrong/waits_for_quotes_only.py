quotes = set()


def save(line):
    with ORDERS.open("ab", buffering=0) as file:
        file.write(line)
        os.fsync(file.fileno())


async def accept_order(request):
    line = await request.body() + b"\n"
    try:
        await asyncio.to_thread(save, line)
    except OSError as error:
        log.error("order not written: %s", error)
        return PlainTextResponse("not accepted", 503)
    return PlainTextResponse("accepted")


def remembered(handler):
    """Remember the request until its handler has answered."""

    async def handle(request):
        task = asyncio.current_task()
        quotes.add(task)  # the whole request runs in it
        task.add_done_callback(quotes.discard)
        return await handler(request)

    return handle


calculate_quote = remembered(calculate_quote)


async def drain():
    log.info("%d quotes in flight", len(quotes))
    while quotes:
        await asyncio.wait(set(quotes))
    await asyncio.sleep(0.1)  # the last bytes leave
    log.info("goodbye")
    os._exit(0)


@asynccontextmanager
async def lifespan(app):
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, lambda: drains.add(loop.create_task(drain())))
    yield


drains = set()
