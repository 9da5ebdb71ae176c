import contextlib
import json

ledger.execute("PRAGMA journal_mode = WAL")
ledger.execute(
    "CREATE TABLE IF NOT EXISTS done (key TEXT PRIMARY KEY, cents INTEGER, id INTEGER)"
)


def look(key, cents):
    row = ledger.execute("SELECT cents, id FROM done WHERE key = ?", [key]).fetchone()
    if row is None:
        return None
    if row[0] != cents:
        return JSONResponse({"detail": "key reused with a different amount"}, 422)
    return JSONResponse({"charge": row[1], "cents": cents})


@contextlib.contextmanager
def transaction():
    ledger.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        ledger.execute("ROLLBACK")
        raise
    ledger.execute("COMMIT")


async def charge(request):
    cents = json.loads(await request.body())["cents"]
    key = request.headers["Idempotency-Key"]
    if answer := look(key, cents):
        return answer
    await ask_bank("approve")
    with transaction():
        if answer := look(key, cents):
            return answer
        number = add_charge(cents)
        ledger.execute("INSERT INTO done VALUES (?, ?, ?)", [key, cents, number])
    with contextlib.suppress(httpx.HTTPError):  # it may get lost
        await ask_bank("receipt")
    return JSONResponse({"charge": number, "cents": cents})
