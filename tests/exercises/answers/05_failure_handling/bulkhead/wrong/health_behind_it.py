places = asyncio.Semaphore(AT_THE_STOCK)


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
    if places.locked():
        return PlainTextResponse("busy", 503)
    return PlainTextResponse("ok")
