import ssl

CONTEXT = ssl.create_default_context()


@asynccontextmanager
async def lifespan(app):
    yield


async def price(request):
    async with httpx.AsyncClient(verify=CONTEXT) as client:
        answer = await client.get(f"{PROVIDER}/price")
    return PlainTextResponse(answer.text)
