import hashlib
import json

ledger.execute(
    "CREATE TABLE IF NOT EXISTS answers (key NUMERIC PRIMARY KEY, fingerprint, answer)"
)


def known_answer(key, fingerprint):
    query = "SELECT fingerprint, answer FROM answers WHERE key = ?"
    row = ledger.execute(query, [key]).fetchone()
    if row is None:
        return None
    if row[0] != fingerprint:
        return JSONResponse({"error": "this key belongs to another order"}, 422)
    return JSONResponse(json.loads(row[1]))


def charge_once(key, fingerprint, cents):
    """
    The answer to an order, and whether it was charged now: all of it is written, or nothing.
    """
    with ledger:  # commits, or undoes all of it
        ledger.execute("BEGIN IMMEDIATE")  # of several processes, one at a time comes in here
        if known := known_answer(key, fingerprint):
            return known, False
        answer = {"charge": add_charge(cents), "cents": cents}
        row = [key, fingerprint, json.dumps(answer)]
        ledger.execute("INSERT INTO answers VALUES (?, ?, ?)", row)
        return JSONResponse(answer), True


async def charge(request):
    order = await request.json()
    key = request.headers["Idempotency-Key"]
    fingerprint = hashlib.sha256(await request.body()).hexdigest()
    if known := known_answer(key, fingerprint):
        return known
    await ask_bank("approve")
    answer, new = charge_once(key, fingerprint, order["cents"])
    if new:
        await ask_bank("receipt")
    return answer
