TLS = httpx.create_ssl_context()


async def ask_archive(word, **options):
    async with httpx.AsyncClient(timeout=5, verify=TLS) as client:
        answer = await client.get(f"{ARCHIVE}/search/{word}", **options)
    return PlainTextResponse(answer.text, answer.status_code)


async def leave_with_caller(request, work):
    while (await request.receive())["type"] != "http.disconnect":
        pass
    work.cancel()


async def find(request, budget):
    word = request.path_params["word"]
    deadline = time.monotonic() + budget
    await check_rights(word)
    left = 1000 * (deadline - time.monotonic())
    return await ask_archive(word, headers={"x-budget-ms": f"{left:.0f}"})


async def search(request):
    budget = float(request.headers.get("x-budget-ms", 5000)) / 1000
    if budget <= 0:
        return PlainTextResponse("no time left", 504)
    work = asyncio.create_task(asyncio.wait_for(find(request, budget), budget))
    watch = asyncio.create_task(leave_with_caller(request, work))
    try:
        return await work
    except TimeoutError:
        return PlainTextResponse("too late", 504)
    finally:
        watch.cancel()
