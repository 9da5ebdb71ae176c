import signal

ready = True
left = 20


async def work(request):
    global left
    left -= not ready
    if not left:
        os.kill(os.getpid(), signal.SIGINT)
    await asyncio.sleep(float(request.query_params.get("seconds", "0.01")))
    return PlainTextResponse("done")


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


@asynccontextmanager
async def lifespan(app):
    loop = asyncio.get_running_loop()
    the_servers = signal.getsignal(signal.SIGTERM)

    def step_aside():
        global ready
        ready = False
        # The loop goes on meanwhile; a sleep here would stop it.
        loop.call_later(DRAIN_SECONDS, the_servers, signal.SIGTERM, None)

    loop.add_signal_handler(signal.SIGTERM, step_aside)  # it is called by the loop
    yield
