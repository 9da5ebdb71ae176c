import asyncio
import json
from collections import defaultdict

from starlette.background import BackgroundTask

ledger.execute("CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, cents, answer TEXT)")
locks = defaultdict(asyncio.Lock)  # spares the bank; what counts is the transaction


def known_answer(key, cents):
    query = "SELECT cents, answer FROM answers WHERE key = ?"
    if (row := ledger.execute(query, [key]).fetchone()) is None:
        return None
    if row[0] != cents:
        return JSONResponse({"error": "this key belongs to another order"}, 422)
    return JSONResponse(json.loads(row[1]))


async def charge(request):
    cents = (await request.json())["cents"]
    key = request.headers["Idempotency-Key"]
    async with locks[key]:
        if known := known_answer(key, cents):
            return known
        await ask_bank("approve")
        with ledger:
            ledger.execute("BEGIN EXCLUSIVE")
            if known := known_answer(key, cents):
                return known
            answer = {"charge": add_charge(cents), "cents": cents}
            row = [key, cents, json.dumps(answer)]
            ledger.execute("INSERT INTO answers VALUES (?, ?, ?)", row)
    return JSONResponse(answer, background=BackgroundTask(ask_bank, "receipt"))
