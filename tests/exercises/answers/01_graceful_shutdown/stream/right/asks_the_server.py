async def events():
    print("stream begun", flush=True)
    while not server.should_exit:
        yield "data: tick\n\n"
        await asyncio.sleep(0.2)
    yield "event: bye\ndata: connect elsewhere\n\n"


lifespan = open_database


class Server(uvicorn.Server):
    def __init__(self, config):
        global server
        super().__init__(config)
        server = self


def config(app, port):
    return uvicorn.Config(app, port=port)
