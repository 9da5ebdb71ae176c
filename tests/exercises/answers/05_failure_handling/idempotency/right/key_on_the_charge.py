columns = [column[1] for column in ledger.execute("PRAGMA table_info(charges)")]
if "key" not in columns:
    ledger.execute("ALTER TABLE charges ADD COLUMN key TEXT")
ledger.execute("CREATE UNIQUE INDEX IF NOT EXISTS one_charge_a_key ON charges (key)")


def known_charge(key):
    return ledger.execute("SELECT id, cents FROM charges WHERE key = ?", [key]).fetchone()


def answer_with(number, charged, cents):
    if charged != cents:
        return JSONResponse({"error": "this key belongs to another order"}, 422)
    return JSONResponse({"charge": number, "cents": cents})


async def charge(request):
    cents = (await request.json())["cents"]
    key = request.headers["Idempotency-Key"]
    if known := known_charge(key):
        return answer_with(*known, cents)
    await ask_bank("approve")
    try:
        with ledger:
            ledger.execute("BEGIN IMMEDIATE")
            number = add_charge(cents)
            ledger.execute("UPDATE charges SET key = ? WHERE id = ?", [key, number])
    except sqlite3.IntegrityError:  # somebody was faster; our charge is undone
        return answer_with(*known_charge(key), cents)
    await ask_bank("receipt")
    return JSONResponse({"charge": number, "cents": cents})
