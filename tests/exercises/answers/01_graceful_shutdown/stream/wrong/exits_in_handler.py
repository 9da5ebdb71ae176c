import signal


async def events():
    print("stream begun", flush=True)
    while True:
        yield "data: tick\n\n"
        await asyncio.sleep(0.2)


def stop(signum, frame):
    sys.exit(0)


@asynccontextmanager
async def lifespan(app):
    signal.signal(signal.SIGTERM, stop)
    async with open_database(app):
        yield


class Server(uvicorn.Server):
    pass


def config(app, port):
    return uvicorn.Config(app, port=port)
