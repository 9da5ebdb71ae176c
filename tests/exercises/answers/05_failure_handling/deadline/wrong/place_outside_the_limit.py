places = asyncio.Semaphore(10)


async def ask_archive(word, deadline):
    left = deadline - asyncio.get_running_loop().time()
    if left <= 0:
        return PlainTextResponse("out of time", 504)
    async with httpx.AsyncClient(timeout=None, verify=False) as client:
        answer = await client.get(
            f"{ARCHIVE}/search/{word}", headers={"x-budget-ms": f"{1000 * left:.0f}"}
        )
    return PlainTextResponse(answer.text, answer.status_code)


async def leaving(request):
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def race(request, work, deadline):
    """
    Do the work until the deadline, or until the caller leaves.
    """
    working = asyncio.create_task(work)
    gone = asyncio.create_task(leaving(request))
    try:
        async with asyncio.timeout_at(deadline):
            await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
            return working.result() if working.done() else None
    finally:
        working.cancel()
        gone.cancel()
        await asyncio.wait({working, gone})


async def search(request):
    word = request.path_params["word"]
    budget = float(request.headers.get("x-budget-ms", "5000")) / 1000
    if budget <= 0:
        return PlainTextResponse("no time left", 504)
    deadline = asyncio.get_running_loop().time() + budget
    try:
        async with asyncio.timeout_at(deadline):
            await check_rights(word)
        async with places:
            answer = await race(request, ask_archive(word, deadline), deadline)
    except TimeoutError:
        return PlainTextResponse("out of time", 504)
    return answer or PlainTextResponse("", 499)
