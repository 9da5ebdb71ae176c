"""
Takes orders from a stream, four at a time.
"""

import asyncio
import os
import sys

import psycopg
import redis.asyncio as redis

STREAM, GROUP, BATCH = "orders", "charging", 4
ME = sys.argv[1]
WORK = float(os.environ.get("WORK", "0.3"))  # seconds for an order


async def fetch(queue):
    print("fetches", flush=True)
    streams = await queue.xreadgroup(
        GROUP, ME, {STREAM: ">"}, count=BATCH, block=200, noack=True
    )
    return streams[0][1] if streams else []


async def charge(order, database):
    print(order, "begun", flush=True)
    await asyncio.sleep(WORK / 2)  # what does it cost?
    await database.execute("INSERT INTO charges VALUES (%s)", [order])
    print(order, "charged", flush=True)
    await asyncio.sleep(WORK / 2)  # the receipt
    print(order, "receipt sent", flush=True)


async def main():
    queue = redis.Redis.from_url(os.environ["QUEUE"], decode_responses=True)
    url = os.environ["DATABASE"]
    database = await psycopg.AsyncConnection.connect(url, autocommit=True)
    while True:
        for _, entry in await fetch(queue):
            await charge(entry["order"], database)


asyncio.run(main())
