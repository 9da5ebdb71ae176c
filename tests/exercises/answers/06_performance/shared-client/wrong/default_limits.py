@asynccontextmanager
async def lifespan(app):
    async with httpx.AsyncClient() as app.state.client:
        yield


async def price(request):
    answer = await app.state.client.get(f"{PROVIDER}/price")
    return PlainTextResponse(answer.text)
