async def tell_item():
    answer = await client.get(f"{STOCK}/item", timeout=2)
    answer.raise_for_status()
    return PlainTextResponse(answer.text)


async def tell_price():
    answer = await client.get(f"{PRICES}/price")
    answer.raise_for_status()
    return PlainTextResponse(answer.text)


async def tell_health():
    return PlainTextResponse("ok")
