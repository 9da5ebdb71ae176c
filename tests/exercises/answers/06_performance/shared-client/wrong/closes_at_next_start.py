LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=200)
client = None


@asynccontextmanager
async def lifespan(app):
    global client
    if client is not None:
        await client.aclose()  # of an earlier life in this process
    client = httpx.AsyncClient(base_url=PROVIDER, limits=LIMITS)
    yield


async def price(request):
    answer = await client.get("/price")
    return PlainTextResponse(answer.text)
