async def ask_archive(word, left):
    async with httpx.AsyncClient(timeout=None, verify=False) as client:
        headers = {"x-budget-ms": str(int(left * 1000))}
        answer = await client.get(f"{ARCHIVE}/search/{word}", headers=headers)
        return PlainTextResponse(answer.text, answer.status_code)


async def leaving(request):
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def search(request):
    began = time.monotonic()
    word = request.path_params["word"]
    budget = float(request.headers.get("x-budget-ms", "5000")) / 1000
    if budget <= 0:
        return PlainTextResponse("no time left", 504)
    gone = asyncio.create_task(leaving(request))
    working = None
    try:
        await check_rights(word)
        left = budget - (time.monotonic() - began)
        if left <= 0:
            return PlainTextResponse("no time left", 504)
        if gone.done():
            return PlainTextResponse("", 499)
        working = asyncio.create_task(ask_archive(word, left))
        async with asyncio.timeout(left):
            await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else PlainTextResponse("", 499)
    except TimeoutError:
        return PlainTextResponse("out of time", 504)
    finally:
        gone.cancel()
        if working:
            working.cancel()
            await asyncio.wait({working})
