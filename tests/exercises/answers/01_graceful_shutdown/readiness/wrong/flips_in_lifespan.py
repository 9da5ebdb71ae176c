ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


@asynccontextmanager
async def lifespan(app):
    yield
    global ready
    ready = False
    await asyncio.sleep(DRAIN_SECONDS)
