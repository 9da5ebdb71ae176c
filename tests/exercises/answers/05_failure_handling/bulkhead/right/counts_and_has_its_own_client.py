stock_client = httpx.AsyncClient(timeout=TIMEOUT)
waiting = 0


async def tell_item():
    global waiting
    if waiting >= AT_THE_STOCK:
        return PlainTextResponse("try again later", 503)
    waiting += 1
    try:
        answer = await stock_client.get(f"{STOCK}/item")
        answer.raise_for_status()
        return PlainTextResponse(answer.text)
    finally:
        waiting -= 1


async def tell_price():
    answer = await client.get(f"{PRICES}/price")
    answer.raise_for_status()
    return PlainTextResponse(answer.text)


async def tell_health():
    return PlainTextResponse("ok")
