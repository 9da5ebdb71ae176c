import threading

ready = True


async def work(request):
    await asyncio.sleep(0.01)
    return PlainTextResponse("done" if ready else "draining", 200 if ready else 503)


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


class Server(uvicorn.Server):
    def handle_exit(self, sig, frame):
        global ready
        ready = False
        threading.Timer(DRAIN_SECONDS, super().handle_exit, (sig, frame)).start()
