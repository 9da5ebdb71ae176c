import hashlib
import json
import time

ledger.execute("CREATE TABLE IF NOT EXISTS keys (key PRIMARY KEY, fingerprint, since, answer)")
ledger.execute("DELETE FROM keys WHERE answer IS NULL")  # what a crash has left behind
UNDER_WAY = {"error": "this order is being charged"}


def take(key, fingerprint, now):
    """
    Take a key, or return what to say to the one who can't.
    """
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
    return JSONResponse(UNDER_WAY, 409)


async def charge(request):
    order = await request.json()
    key = request.headers["Idempotency-Key"]
    fingerprint = hashlib.sha256(await request.body()).hexdigest()
    since = time.time()
    if (refusal := take(key, fingerprint, since)) is not None:
        return refusal
    try:
        await ask_bank("approve")
    except httpx.HTTPError:
        ledger.execute("DELETE FROM keys WHERE key = ? AND since = ?", [key, since])
        raise
    with ledger:
        ledger.execute("BEGIN IMMEDIATE")
        answer = {"charge": add_charge(order["cents"]), "cents": order["cents"]}
        # The key is still ours: the bank may have taken longer than the lease.
        done = "UPDATE keys SET answer = ? WHERE key = ? AND since = ?"
        if not ledger.execute(done, [json.dumps(answer), key, since]).rowcount:
            ledger.execute("ROLLBACK")
            return JSONResponse(UNDER_WAY, 409)
    await ask_bank("receipt")
    return JSONResponse(answer)
