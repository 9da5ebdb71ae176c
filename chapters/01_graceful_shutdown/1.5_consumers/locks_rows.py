"""
Takes orders from a table, one at a time, each in a transaction.
"""

import asyncio
import os
import signal

import psycopg

WORK = float(os.environ.get("WORK", "0.3"))  # seconds for an order
FETCH = """
    DELETE FROM orders WHERE name = (
        SELECT name FROM orders ORDER BY name LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING name
"""


async def charge(order, database):
    print(order, "begun", flush=True)
    await asyncio.sleep(WORK / 2)  # what does it cost?
    await database.execute("INSERT INTO charges VALUES (%s)", [order])
    print(order, "charged", flush=True)
    await asyncio.sleep(WORK / 2)  # the receipt
    print(order, "receipt sent", flush=True)


async def main():
    url = os.environ["DATABASE"]
    database = await psycopg.AsyncConnection.connect(url, autocommit=True)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    while not stopping.is_set():
        print("fetches", flush=True)
        async with database.transaction():  # the order, its charge and its end: all or none
            row = await (await database.execute(FETCH)).fetchone()
            if row:
                await charge(row[0], database)
        if not row:
            print("finds nothing", flush=True)
            await asyncio.sleep(0.1)


asyncio.run(main())
