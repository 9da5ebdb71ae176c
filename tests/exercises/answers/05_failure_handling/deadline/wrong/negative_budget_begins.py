import ssl

TLS = ssl.create_default_context()  # once: it takes longer than a call
PLACES = asyncio.Semaphore(10)  # so many may be at the archive at the same time


async def ask_archive(word, deadline):
    async with PLACES, httpx.AsyncClient(verify=TLS, timeout=None) as client:
        left = deadline - asyncio.get_running_loop().time()
        headers = {"x-budget-ms": f"{1000 * left:.0f}"}
        answer = await client.get(f"{ARCHIVE}/search/{word}", headers=headers)
    return PlainTextResponse(answer.text, answer.status_code)


async def leaving(request):
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def work(word, deadline):
    await check_rights(word)
    return await ask_archive(word, deadline)


async def search(request):
    word = request.path_params["word"]
    budget = float(request.headers.get("x-budget-ms", "5000")) / 1000
    if not budget:
        return PlainTextResponse("no time left", 504)
    gone = asyncio.create_task(leaving(request))
    working = None
    try:
        async with asyncio.timeout(budget) as limit:
            working = asyncio.create_task(work(word, limit.when()))
            await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            return PlainTextResponse("nobody reads this", 499)
    except TimeoutError:
        return PlainTextResponse("out of time", 504)
    finally:
        gone.cancel()
        if working:
            working.cancel()
