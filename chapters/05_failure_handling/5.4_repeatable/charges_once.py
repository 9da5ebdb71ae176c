"""
Charges a card once for each idempotency key.
"""

import asyncio
import hashlib
import json
import os
import sqlite3

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

database = sqlite3.connect(os.environ["CHARGES"], isolation_level=None)
database.execute("CREATE TABLE IF NOT EXISTS charges (cents INTEGER)")
database.execute("CREATE TABLE IF NOT EXISTS keys (key PRIMARY KEY, fingerprint, answer)")


def replay(key, fingerprint):
    query = "SELECT fingerprint, answer FROM keys WHERE key = ?"
    known, answer = database.execute(query, [key]).fetchone()
    if known != fingerprint:
        return JSONResponse({"error": "this key was used for another order"}, 422)
    if answer is None:
        return JSONResponse({"error": "this order is being charged"}, 409)
    return JSONResponse(json.loads(answer), headers={"Replayed": "yes"})


async def charge(request):
    order = await request.json()
    key = request.headers.get("Idempotency-Key")
    if not key:
        return JSONResponse({"error": "an Idempotency-Key is needed"}, 400)
    fingerprint = hashlib.sha256(await request.body()).hexdigest()
    try:  # the unique index is the lock: of two who insert, one fails
        database.execute("INSERT INTO keys VALUES (?, ?, NULL)", [key, fingerprint])
    except sqlite3.IntegrityError:
        return replay(key, fingerprint)
    await asyncio.sleep(0.3)  # the bank
    with database:  # commits at its end, or rolls back what an error has left half done
        database.execute("BEGIN")  # the charge and its answer, or neither
        done = database.execute("INSERT INTO charges VALUES (?)", [order["cents"]])
        answer = {"charge": done.lastrowid}
        query = "UPDATE keys SET answer = ? WHERE key = ?"
        database.execute(query, [json.dumps(answer), key])
    return JSONResponse(answer)


app = Starlette(routes=[Route("/charges", charge, methods=["POST"])])
