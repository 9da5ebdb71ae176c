import json
from pathlib import Path

KEYS = Path("keys.json")


def load():
    return json.loads(KEYS.read_text()) if KEYS.exists() else {}


def save(keys):
    KEYS.write_text(json.dumps(keys))


async def charge(request):
    order = await request.json()
    key = request.headers["Idempotency-Key"]
    keys = load()
    if key in keys:
        known, answer = keys[key]
        if known != order:
            return JSONResponse({"error": "this key belongs to another order"}, 422)
        return JSONResponse(answer)
    await ask_bank("approve")
    answer = {"charge": add_charge(order["cents"]), "cents": order["cents"]}
    keys[key] = order, answer
    save(keys)
    await ask_bank("receipt")
    return JSONResponse(answer)
