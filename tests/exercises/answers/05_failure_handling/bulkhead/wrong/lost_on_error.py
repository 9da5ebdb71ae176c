waiting = 0


async def tell_item():
    global waiting
    if waiting >= AT_THE_STOCK:
        return PlainTextResponse("try again later", 503)
    waiting += 1
    answer = await client.get(f"{STOCK}/item")
    answer.raise_for_status()
    waiting -= 1
    return PlainTextResponse(answer.text)


async def tell_price():
    answer = await client.get(f"{PRICES}/price")
    answer.raise_for_status()
    return PlainTextResponse(answer.text)


async def tell_health():
    return PlainTextResponse("ok")
