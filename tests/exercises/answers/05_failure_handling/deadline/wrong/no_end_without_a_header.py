MOST_MS = 60_000  # whatever a caller asks for
TOO_LATE = PlainTextResponse("the time is over", 504)
TLS = httpx.create_ssl_context()  # made once: it is what makes a client costly
places = asyncio.Semaphore(10)  # how many may ask the archive at once, now that no pool says it


async def ask_archive(word, **options):
    # A client for each call: closing it closes what a cancelled call leaves behind. In a shared
    # one of httpcore 1.0.9 that stays, and takes a place in its pool until the process ends.
    async with httpx.AsyncClient(timeout=5, verify=TLS) as client:
        answer = await client.get(f"{ARCHIVE}/search/{word}", **options)
    return PlainTextResponse(answer.text, answer.status_code)


async def find(word, budget):
    async with asyncio.timeout(budget) as limit:
        await check_rights(word)
        async with places:  # the wait for one counts, too
            left = limit.when() - asyncio.get_running_loop().time()
            return await ask_archive(word, headers={"x-budget-ms": f"{1000 * left:.0f}"})


async def leaving(request):
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def search(request):
    budget = min(int(request.headers.get("x-budget-ms", MOST_MS)), MOST_MS) / 1000
    if budget <= 0:
        return TOO_LATE
    work = asyncio.create_task(find(request.path_params["word"], budget))
    gone = asyncio.create_task(leaving(request))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else PlainTextResponse("nobody reads this", 499)
    except TimeoutError:
        return TOO_LATE
    finally:
        work.cancel()
        gone.cancel()
