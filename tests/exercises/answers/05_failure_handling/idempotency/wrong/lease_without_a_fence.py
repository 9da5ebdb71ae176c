import hashlib
import json
import time

ledger.execute("CREATE TABLE IF NOT EXISTS keys (key PRIMARY KEY, fingerprint, since, answer)")
LEASE_SECONDS = 4  # whoever has taken a key and is silent for longer is dead


def take(key, fingerprint):
    """
    Take a key, or return what to say to the one who can't.
    """
    now = time.time()
    try:
        ledger.execute("INSERT INTO keys VALUES (?, ?, ?, NULL)", [key, fingerprint, now])
        return None
    except sqlite3.IntegrityError:
        query = "SELECT fingerprint, answer FROM keys WHERE key = ?"
        known, answer = ledger.execute(query, [key]).fetchone()
    if known != fingerprint:
        return JSONResponse({"error": "this key belongs to another order"}, 422)
    if answer is not None:
        return JSONResponse(json.loads(answer))
    inherit = "UPDATE keys SET since = ? WHERE key = ? AND since < ? AND answer IS NULL"
    if ledger.execute(inherit, [now, key, now - LEASE_SECONDS]).rowcount:
        return None
    return JSONResponse({"error": "this order is being charged"}, 409)


async def charge(request):
    order = await request.json()
    key = request.headers["Idempotency-Key"]
    fingerprint = hashlib.sha256(await request.body()).hexdigest()
    if (refusal := take(key, fingerprint)) is not None:
        return refusal
    try:
        await ask_bank("approve")
    except httpx.HTTPError:
        ledger.execute("DELETE FROM keys WHERE key = ?", [key])
        raise
    with ledger:
        ledger.execute("BEGIN IMMEDIATE")
        answer = {"charge": add_charge(order["cents"]), "cents": order["cents"]}
        done = "UPDATE keys SET answer = ? WHERE key = ?"
        ledger.execute(done, [json.dumps(answer), key])
    await ask_bank("receipt")
    return JSONResponse(answer)
