stock_client = httpx.AsyncClient(timeout=TIMEOUT, limits=httpx.Limits(max_connections=8))


async def tell_item():
    answer = await stock_client.get(f"{STOCK}/item")
    answer.raise_for_status()
    return PlainTextResponse(answer.text)


async def tell_price():
    answer = await client.get(f"{PRICES}/price")
    answer.raise_for_status()
    return PlainTextResponse(answer.text)


async def tell_health():
    return PlainTextResponse("ok")
