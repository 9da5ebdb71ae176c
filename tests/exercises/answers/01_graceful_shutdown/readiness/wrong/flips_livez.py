import threading

ready = True


async def livez(request):
    return PlainTextResponse("alive" if ready else "draining", 200 if ready else 503)


async def readyz(request):
    return PlainTextResponse("ready")


class Server(uvicorn.Server):
    def handle_exit(self, sig, frame):
        global ready
        ready = False
        threading.Timer(DRAIN_SECONDS, super().handle_exit, (sig, frame)).start()
