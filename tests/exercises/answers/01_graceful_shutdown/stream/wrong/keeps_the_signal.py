stopping = False


async def events():
    print("stream begun", flush=True)
    while not stopping:
        yield "data: tick\n\n"
        await asyncio.sleep(0.2)
    yield "event: bye\ndata: connect elsewhere\n\n"


lifespan = open_database


class Server(uvicorn.Server):
    def handle_exit(self, sig, frame):
        global stopping
        stopping = True


def config(app, port):
    return uvicorn.Config(app, port=port)
