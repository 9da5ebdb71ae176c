LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=0)


@asynccontextmanager
async def lifespan(app):
    async with httpx.AsyncClient(limits=LIMITS) as app.state.client:
        yield


async def price(request):
    answer = await app.state.client.get(f"{PROVIDER}/price")
    return PlainTextResponse(answer.text)
