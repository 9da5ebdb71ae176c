"""
Takes payments: the bank approves, the ledger keeps the charge, and a receipt is sent.
"""

import os
import sqlite3
import sys

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
# TODO: charge once for each Idempotency-Key, whatever happens in between.
async def charge(request):
    order = await request.json()
    await ask_bank("approve")
    number = add_charge(order["cents"])
    await ask_bank("receipt")
    return JSONResponse({"charge": number, "cents": order["cents"]})


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
