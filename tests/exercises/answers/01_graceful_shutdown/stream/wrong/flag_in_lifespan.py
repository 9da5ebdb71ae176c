stopping = False


async def events():
    print("stream begun", flush=True)
    while not stopping:
        yield "data: tick\n\n"
        await asyncio.sleep(0.2)
    yield "event: bye\ndata: connect elsewhere\n\n"


@asynccontextmanager
async def lifespan(app):
    global stopping
    async with open_database(app):
        yield
        stopping = True


class Server(uvicorn.Server):
    pass


def config(app, port):
    return uvicorn.Config(app, port=port)
