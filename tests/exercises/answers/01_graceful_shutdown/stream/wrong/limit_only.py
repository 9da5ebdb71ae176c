async def events():
    print("stream begun", flush=True)
    while True:
        yield "data: tick\n\n"
        await asyncio.sleep(0.2)


lifespan = open_database


class Server(uvicorn.Server):
    pass


def config(app, port):
    return uvicorn.Config(app, port=port, timeout_graceful_shutdown=1)
