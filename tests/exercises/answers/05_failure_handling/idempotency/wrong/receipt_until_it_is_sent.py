ledger.execute(
    "CREATE TABLE IF NOT EXISTS orders"
    " (key TEXT PRIMARY KEY, charge INTEGER, cents INTEGER, receipt INTEGER DEFAULT 0)"
)


def find(key):
    query = "SELECT charge, cents, receipt FROM orders WHERE key = ?"
    return ledger.execute(query, [key]).fetchone()


def record(key, cents):
    ledger.execute("BEGIN IMMEDIATE")
    try:
        row = find(key)
        if row is None:
            number = add_charge(cents)
            ledger.execute(
                "INSERT INTO orders (key, charge, cents) VALUES (?, ?, ?)", [key, number, cents]
            )
            row = number, cents, 0
        ledger.execute("COMMIT")
        return row
    except BaseException:
        if ledger.in_transaction:
            ledger.execute("ROLLBACK")
        raise


async def charge(request):
    cents = (await request.json())["cents"]
    key = request.headers.get("Idempotency-Key")
    if not key:
        return JSONResponse({"error": "an Idempotency-Key is needed"}, 400)
    row = find(key)
    if row is None:
        await ask_bank("approve")
        row = record(key, cents)
    number, charged, receipt = row
    if charged != cents:
        return JSONResponse({"error": "this key was used for another order"}, 422)
    if not receipt:
        await ask_bank("receipt")
        ledger.execute("UPDATE orders SET receipt = 1 WHERE key = ?", [key])
    return JSONResponse({"charge": number, "cents": cents})
