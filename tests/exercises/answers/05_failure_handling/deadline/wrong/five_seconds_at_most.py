DEFAULT = 5000
places = asyncio.Semaphore(10)


def read_budget(request):
    """
    Seconds; callers are not trusted with more than the service gives.
    """
    try:
        asked = float(request.headers.get("x-budget-ms", DEFAULT))
    except ValueError:
        asked = DEFAULT
    return min(asked, DEFAULT) / 1000


async def ask_archive(word, deadline):
    async with places, httpx.AsyncClient(timeout=None, verify=False) as client:
        left = deadline - asyncio.get_running_loop().time()
        answer = await client.get(
            f"{ARCHIVE}/search/{word}", headers={"x-budget-ms": f"{left * 1000:.0f}"}
        )
        return PlainTextResponse(answer.text, answer.status_code)


async def work(word, deadline):
    await check_rights(word)
    return await ask_archive(word, deadline)


async def leaving(request):
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def search(request):
    word = request.path_params["word"]
    budget = read_budget(request)
    if budget <= 0:
        return PlainTextResponse("no time left", 504)
    try:
        async with asyncio.timeout(budget) as limit:
            working = asyncio.create_task(work(word, limit.when()))
            gone = asyncio.create_task(leaving(request))
            try:
                await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
                return working.result() if working.done() else PlainTextResponse("", 499)
            finally:
                working.cancel()
                gone.cancel()
                await asyncio.wait({working, gone})
    except TimeoutError:
        return PlainTextResponse("out of time", 504)
