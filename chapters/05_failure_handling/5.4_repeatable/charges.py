"""
Charges a card as often as it is asked to.
"""

import asyncio
import os
import sqlite3

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

database = sqlite3.connect(os.environ["CHARGES"], isolation_level=None)
database.execute("CREATE TABLE IF NOT EXISTS charges (cents INTEGER)")


async def charge(request):
    order = await request.json()
    await asyncio.sleep(0.3)  # the bank
    done = database.execute("INSERT INTO charges VALUES (?)", [order["cents"]])
    return JSONResponse({"charge": done.lastrowid})


app = Starlette(routes=[Route("/charges", charge, methods=["POST"])])
