PATIENCE = 0.5
places = asyncio.Semaphore(AT_THE_STOCK)
stock = httpx.AsyncClient(base_url=STOCK, timeout=TIMEOUT)
prices = httpx.AsyncClient(base_url=PRICES, timeout=TIMEOUT)


async def tell_item():
    try:
        await asyncio.wait_for(places.acquire(), PATIENCE)
    except TimeoutError:
        return PlainTextResponse("the stock is busy", 503)
    try:
        answer = await stock.get("/item")
        answer.raise_for_status()
        return PlainTextResponse(answer.text)
    finally:
        places.release()


async def tell_price():
    answer = await prices.get("/price")
    answer.raise_for_status()
    return PlainTextResponse(answer.text)


async def tell_health():
    return PlainTextResponse("ok")
