"""
Takes payments: the bank approves, the ledger keeps the charge, and a receipt is sent.
"""

import hashlib
import json
import os
import sqlite3
import sys
import uuid

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
ledger.execute("CREATE TABLE IF NOT EXISTS answers (key PRIMARY KEY, fingerprint, answer)")


def known_answer(key, fingerprint):
    query = "SELECT fingerprint, answer FROM answers WHERE key = ?"
    row = ledger.execute(query, [key]).fetchone()
    if row is None:
        return None
    if row[0] != fingerprint:
        return JSONResponse({"error": "this key belongs to another order"}, 422)
    return JSONResponse(json.loads(row[1]))


def charge_once(key, fingerprint, cents):
    """
    The answer to an order, and whether it was charged now: all of it is written, or nothing.
    """
    with ledger:  # commits, or undoes all of it
        ledger.execute("BEGIN IMMEDIATE")  # of several processes, one at a time comes in here
        if known := known_answer(key, fingerprint):
            return known, False
        answer = {"charge": add_charge(cents), "cents": cents}
        row = [key, fingerprint, json.dumps(answer)]
        ledger.execute("INSERT INTO answers VALUES (?, ?, ?)", row)
        return JSONResponse(answer), True


async def charge(request):
    order = await request.json()
    key = str(uuid.uuid4())
    fingerprint = hashlib.sha256(await request.body()).hexdigest()
    if known := known_answer(key, fingerprint):
        return known
    await ask_bank("approve")
    answer, new = charge_once(key, fingerprint, order["cents"])
    if new:
        await ask_bank("receipt")
    return answer


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
