import signal

goodbye = None


async def events():
    while not goodbye.done():
        yield "data: news\n\n"
        await asyncio.wait([goodbye], timeout=EVERY)
    yield "event: bye\ndata: the service ends\nretry: 1000\n\n"


async def watch(server):
    while not server.should_exit:
        await asyncio.sleep(0.1)
    goodbye.set_result(None)


@asynccontextmanager
async def lifespan(app):
    global goodbye
    goodbye = asyncio.get_running_loop().create_future()
    watcher = asyncio.create_task(watch(signal.getsignal(signal.SIGTERM).__self__))
    async with open_database(app):
        yield
    watcher.cancel()
