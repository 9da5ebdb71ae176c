places = asyncio.Semaphore(AT_THE_STOCK)


async def tell_item():
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
