places = asyncio.Semaphore(10)


async def ask_archive(word, **options):
    async with places, httpx.AsyncClient(timeout=None, verify=False) as client:
        answer = await client.get(f"{ARCHIVE}/search/{word}", **options)
    return PlainTextResponse(answer.text, answer.status_code)


async def work(word, deadline):
    await check_rights(word)
    left = deadline - asyncio.get_running_loop().time()
    if left <= 0:
        raise TimeoutError
    return await ask_archive(word, headers={"x-budget-ms": f"{1000 * left:.0f}"})


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
