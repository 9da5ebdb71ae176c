@asynccontextmanager
async def lifespan(app):
    limits = httpx.Limits(max_connections=60, max_keepalive_connections=None)
    client = httpx.AsyncClient(base_url=PROVIDER, limits=limits)
    yield {"client": client}
    await client.aclose()


async def price(request):
    answer = await request.state.client.get("/price")
    return PlainTextResponse(answer.text)
