stock = httpx.AsyncClient(base_url=STOCK, timeout=TIMEOUT)
prices = httpx.AsyncClient(base_url=PRICES, timeout=TIMEOUT)
places = asyncio.Semaphore(AT_THE_STOCK)


async def ask(supplier, path):
    answer = await supplier.get(path)
    if answer.status_code >= 500:
        raise httpx.HTTPStatusError("failed", request=answer.request, response=answer)
    return PlainTextResponse(answer.text)


async def tell_item():
    if places.locked():
        return PlainTextResponse("too many wait for the stock", 503)
    async with places:
        return await ask(stock, "/item")


async def tell_price():
    return await ask(prices, "/price")


async def tell_health():
    return PlainTextResponse("ok")
