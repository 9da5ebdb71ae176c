places = asyncio.Semaphore(AT_THE_STOCK)


async def tell_item():
    if places.locked():
        return PlainTextResponse("try again later", 503)
    async with places:
        answer = await client.get(f"{STOCK}/item")
    return PlainTextResponse(answer.text)


async def tell_price():
    answer = await client.get(f"{PRICES}/price")
    return PlainTextResponse(answer.text)


async def tell_health():
    return PlainTextResponse("ok")
