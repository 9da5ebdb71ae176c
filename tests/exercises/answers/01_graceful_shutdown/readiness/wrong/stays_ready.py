import threading


async def readyz(request):
    return PlainTextResponse("ready")


class Server(uvicorn.Server):
    def handle_exit(self, sig, frame):
        threading.Timer(DRAIN_SECONDS, super().handle_exit, (sig, frame)).start()
