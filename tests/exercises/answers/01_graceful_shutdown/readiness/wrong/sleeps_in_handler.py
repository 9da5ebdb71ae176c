import time

ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


class Server(uvicorn.Server):
    def handle_exit(self, sig, frame):
        global ready
        ready = False
        time.sleep(DRAIN_SECONDS)
        super().handle_exit(sig, frame)
