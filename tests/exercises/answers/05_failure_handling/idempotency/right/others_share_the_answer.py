import asyncio
import json

ledger.execute(
    "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, body TEXT, answer TEXT)"
)
under_way = {}  # the work for a key, which its callers share


def known_answer(key, body):
    query = "SELECT body, answer FROM answers WHERE key = ?"
    row = ledger.execute(query, [key]).fetchone()
    if row and row[0] != body:
        return {"error": "this key belongs to another order"}, 422
    return row and (json.loads(row[1]), 200)


async def work(key, body):
    cents = json.loads(body)["cents"]
    await ask_bank("approve")
    with ledger:
        ledger.execute("BEGIN IMMEDIATE")
        if known := known_answer(key, body):
            return known
        answer = {"charge": add_charge(cents), "cents": cents}
        ledger.execute("INSERT INTO answers VALUES (?, ?, ?)", [key, body, json.dumps(answer)])
    await ask_bank("receipt")
    return answer, 200


async def charge(request):
    body = (await request.body()).decode()
    key = request.headers["Idempotency-Key"]
    if known := known_answer(key, body):
        return JSONResponse(*known)
    if key not in under_way:
        under_way[key] = body, asyncio.ensure_future(work(key, body))
        under_way[key][1].add_done_callback(lambda _: under_way.pop(key))
    its, task = under_way[key]
    if its != body:
        return JSONResponse({"error": "this key belongs to another order"}, 422)
    return JSONResponse(*await task)
