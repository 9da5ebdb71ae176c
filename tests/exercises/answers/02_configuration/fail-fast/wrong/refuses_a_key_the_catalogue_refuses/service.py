import asyncio


async def ask_catalogue():
    settings = Settings()
    key = settings.catalogue_key.get_secret_value()
    async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as client:
        answer = await client.get(
            str(settings.catalogue_url), headers={"Authorization": f"Bearer {key}"}
        )
    answer.raise_for_status()
    return answer.text


async def readyz(request):
    try:
        async with asyncio.timeout(SECONDS):
            await ask_catalogue()
    except (httpx.HTTPError, UnicodeError, TimeoutError) as error:
        return PlainTextResponse(f"no price: {type(error).__name__}", 503)
    return PlainTextResponse("ready")
