import signal

stopping = asyncio.Event()
listening = 0
leave = None


async def events():
    global listening
    listening += 1
    try:
        while not stopping.is_set():
            yield "data: news\n\n"
            try:
                await asyncio.wait_for(stopping.wait(), EVERY)
            except TimeoutError:
                pass
        yield "event: bye\ndata: reconnect\n\n"
    finally:
        listening -= 1
        if stopping.is_set() and not listening:  # the last one turns off the light
            leave(signal.SIGTERM, None)


@asynccontextmanager
async def lifespan(app):
    global leave
    leave = signal.getsignal(signal.SIGTERM)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    async with open_database(app):
        yield
