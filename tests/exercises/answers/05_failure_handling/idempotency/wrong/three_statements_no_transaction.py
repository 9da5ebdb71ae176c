import hashlib
import json

ledger.execute("CREATE TABLE IF NOT EXISTS answers (key PRIMARY KEY, fingerprint, answer)")


def known_answer(key, fingerprint):
    query = "SELECT fingerprint, answer FROM answers WHERE key = ?"
    row = ledger.execute(query, [key]).fetchone()
    if row is None:
        return None
    if row[0] != fingerprint:
        return JSONResponse({"error": "another order"}, 422)
    if row[1] is None:
        return JSONResponse({"error": "under way"}, 409)
    return JSONResponse(json.loads(row[1]))


async def charge(request):
    order = await request.json()
    key = request.headers["Idempotency-Key"]
    fingerprint = hashlib.sha256(await request.body()).hexdigest()
    if known := known_answer(key, fingerprint):
        return known
    await ask_bank("approve")
    try:
        ledger.execute("INSERT INTO answers VALUES (?, ?, NULL)", [key, fingerprint])
    except sqlite3.IntegrityError:
        return known_answer(key, fingerprint)
    answer = {"charge": add_charge(order["cents"]), "cents": order["cents"]}
    ledger.execute("UPDATE answers SET answer = ? WHERE key = ?", [json.dumps(answer), key])
    await ask_bank("receipt")
    return JSONResponse(answer)
