LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100)


@asynccontextmanager
async def lifespan(app):
    async with httpx.AsyncClient(limits=LIMITS) as app.state.client:
        yield


async def price(request):
    answer = await app.state.client.get(f"{PROVIDER}/price", headers={"Connection": "close"})
    return PlainTextResponse(answer.text)
