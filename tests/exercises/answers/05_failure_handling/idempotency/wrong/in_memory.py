import asyncio
from collections import defaultdict

answers = {}
locks = defaultdict(asyncio.Lock)


async def charge(request):
    order = await request.json()
    key = request.headers["Idempotency-Key"]
    async with locks[key]:
        if key in answers:
            known, answer = answers[key]
            if known != order:
                return JSONResponse({"error": "this key belongs to another order"}, 422)
            return JSONResponse(answer)
        await ask_bank("approve")
        answer = {"charge": add_charge(order["cents"]), "cents": order["cents"]}
        answers[key] = order, answer
    await ask_bank("receipt")
    return JSONResponse(answer)
