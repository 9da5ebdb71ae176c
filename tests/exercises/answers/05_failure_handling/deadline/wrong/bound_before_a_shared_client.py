client = httpx.AsyncClient(timeout=None, limits=httpx.Limits(max_connections=10))
room = asyncio.Semaphore(5)  # fewer than connections: nobody waits in the pool


async def ask_archive(word, deadline):
    async with room:
        left = deadline - asyncio.get_running_loop().time()
        headers = {"x-budget-ms": f"{1000 * left:.0f}"}
        answer = await client.get(f"{ARCHIVE}/search/{word}", headers=headers)
    return PlainTextResponse(answer.text, answer.status_code)


async def work(word, deadline):
    await check_rights(word)
    return await ask_archive(word, deadline)


async def leaving(request):
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def search(request):
    word = request.path_params["word"]
    budget = float(request.headers.get("x-budget-ms", "5000")) / 1000
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
