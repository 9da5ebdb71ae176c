LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100)
client = httpx.AsyncClient(limits=LIMITS)


@asynccontextmanager
async def lifespan(app):
    yield


async def price(request):
    answer = await client.get(f"{PROVIDER}/price")
    return PlainTextResponse(answer.text)
