"""
Takes payments: the bank approves, the ledger keeps the charge, and a receipt is sent.
"""

import hashlib
import json
import os
import sqlite3
import sys
import time

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

BANK = os.environ.get("BANK", "http://127.0.0.1:8001")

ledger = sqlite3.connect(os.environ.get("LEDGER", "ledger.db"), isolation_level=None)
ledger.execute("CREATE TABLE IF NOT EXISTS charges (id INTEGER PRIMARY KEY, cents INTEGER)")
client = httpx.AsyncClient(timeout=30)


async def ask_bank(what):
    (await client.post(f"{BANK}/{what}")).raise_for_status()


def add_charge(cents):
    return ledger.execute("INSERT INTO charges (cents) VALUES (?)", [cents]).lastrowid


# --- yours from here
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
        answer = json.loads(answer)
        return JSONResponse(answer, 502 if "error" in answer else 200)
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
        answer = {"error": "the bank does not answer"}
        done = "UPDATE keys SET answer = ? WHERE key = ?"
        ledger.execute(done, [json.dumps(answer), key])
        raise
    with ledger:
        ledger.execute("BEGIN IMMEDIATE")
        answer = {"charge": add_charge(order["cents"]), "cents": order["cents"]}
        done = "UPDATE keys SET answer = ? WHERE key = ?"
        ledger.execute(done, [json.dumps(answer), key])
    await ask_bank("receipt")
    return JSONResponse(answer)


# --- to here


async def bank_failed(request, error):
    return JSONResponse({"error": "the bank does not answer"}, 502)


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(
    routes=[Route("/charges", charge, methods=["POST"]), Route("/healthz", healthz)],
    exception_handlers={httpx.HTTPError: bank_failed},
)

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]))
