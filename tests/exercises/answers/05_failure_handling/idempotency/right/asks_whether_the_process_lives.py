ledger.execute(
    "CREATE TABLE IF NOT EXISTS orders"
    " (key TEXT PRIMARY KEY, cents INTEGER, owner INTEGER, number INTEGER)"
)


def lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def take(key, cents):
    """
    None if the order is ours now; else what to answer.
    """
    with ledger:
        ledger.execute("BEGIN IMMEDIATE")
        query = "SELECT cents, owner, number FROM orders WHERE key = ?"
        row = ledger.execute(query, [key]).fetchone()
        if row and row[0] != cents:
            return JSONResponse({"error": "another order"}, 422)
        if row and row[2]:
            return JSONResponse({"charge": row[2], "cents": cents})
        if row and row[1] and lives(row[1]):
            return JSONResponse({"error": "under way"}, 409)
        ledger.execute("REPLACE INTO orders VALUES (?, ?, ?, NULL)", [key, cents, os.getpid()])
        return None


async def charge(request):
    cents = (await request.json())["cents"]
    key = request.headers["Idempotency-Key"]
    if (known := take(key, cents)) is not None:
        return known
    try:
        await ask_bank("approve")
        with ledger:
            ledger.execute("BEGIN IMMEDIATE")
            number = add_charge(cents)
            ledger.execute("UPDATE orders SET number = ? WHERE key = ?", [number, key])
    except BaseException:
        ledger.execute("DELETE FROM orders WHERE key = ?", [key])
        raise
    await ask_bank("receipt")
    return JSONResponse({"charge": number, "cents": cents})
