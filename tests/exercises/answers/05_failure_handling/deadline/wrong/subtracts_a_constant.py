TLS = httpx.create_ssl_context()


async def ask_archive(word, **options):
    async with httpx.AsyncClient(timeout=5, verify=TLS) as client:
        answer = await client.get(f"{ARCHIVE}/search/{word}", **options)
    return PlainTextResponse(answer.text, answer.status_code)


async def find(word, budget):
    async with asyncio.timeout(budget):
        await check_rights(word)
        return await ask_archive(word, headers={"x-budget-ms": f"{1000 * budget - 400:.0f}"})


async def leaving(request):
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def search(request):
    budget = int(request.headers.get("x-budget-ms", 5000)) / 1000
    if budget <= 0:
        return PlainTextResponse("the time is over", 504)
    work = asyncio.create_task(find(request.path_params["word"], budget))
    gone = asyncio.create_task(leaving(request))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else PlainTextResponse("nobody reads this", 499)
    except TimeoutError:
        return PlainTextResponse("the time is over", 504)
    finally:
        work.cancel()
        gone.cancel()
