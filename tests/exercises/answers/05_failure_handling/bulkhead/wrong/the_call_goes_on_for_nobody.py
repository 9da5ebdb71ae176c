places = asyncio.Semaphore(AT_THE_STOCK)


async def ask_stock():
    async with places:
        return await client.get(f"{STOCK}/item")


async def tell_item():
    if places.locked():
        return PlainTextResponse("too many wait for the stock", 503)
    answer = await asyncio.shield(asyncio.ensure_future(ask_stock()))
    answer.raise_for_status()
    return PlainTextResponse(answer.text)


async def tell_price():
    answer = await client.get(f"{PRICES}/price")
    answer.raise_for_status()
    return PlainTextResponse(answer.text)


async def tell_health():
    return PlainTextResponse("ok")
