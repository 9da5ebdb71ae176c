ledger.execute("CREATE TABLE IF NOT EXISTS orders (key TEXT PRIMARY KEY, cents, number)")


def known_answer(key, cents):
    row = ledger.execute("SELECT cents, number FROM orders WHERE key = ?", [key]).fetchone()
    if row is None:
        return None
    if row[0] != cents:
        return JSONResponse({"error": "this key belongs to another order"}, 422)
    return JSONResponse({"charge": row[1], "cents": cents})


async def charge(request):
    cents = (await request.json())["cents"]
    key = request.headers["Idempotency-Key"]
    if known := known_answer(key, cents):
        return known
    await ask_bank("approve")
    try:
        ledger.execute("INSERT INTO orders VALUES (?, ?, NULL)", [key, cents])
    except sqlite3.IntegrityError:  # somebody was faster
        return known_answer(key, cents)
    number = add_charge(cents)
    ledger.execute("UPDATE orders SET number = ? WHERE key = ?", [number, key])
    await ask_bank("receipt")
    return JSONResponse({"charge": number, "cents": cents})
