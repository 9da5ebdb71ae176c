LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100)


@asynccontextmanager
async def lifespan(app):
    yield


async def price(request):
    async with httpx.AsyncClient(limits=LIMITS) as client:
        answer = await client.get(f"{PROVIDER}/price")
    return PlainTextResponse(answer.text)
