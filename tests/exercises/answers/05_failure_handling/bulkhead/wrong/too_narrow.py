places = asyncio.Semaphore(2)


async def tell_item():
    if places.locked():
        return PlainTextResponse("try again later", 503, {"Retry-After": "1"})
    async with places:
        answer = await client.get(f"{STOCK}/item")
    answer.raise_for_status()
    return PlainTextResponse(answer.text)


async def tell_price():
    answer = await client.get(f"{PRICES}/price")
    answer.raise_for_status()
    return PlainTextResponse(answer.text)


async def tell_health():
    return PlainTextResponse("ok")
