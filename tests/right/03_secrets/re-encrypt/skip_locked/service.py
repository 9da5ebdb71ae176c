"""
Encrypts the customers' cards with the newest key, then forgets the older one.
"""

import json
import os
import sys
from pathlib import Path

import psycopg
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql://127.0.0.1/shop")
KEYS = Path(os.environ.get("KEYS", "keys.json"))


def read_keys():
    return json.loads(KEYS.read_text())  # the newest is the first


def keep_keys(keys):
    new = KEYS.with_suffix(".new")
    new.write_text(json.dumps(keys))
    new.replace(KEYS)


# --- yours from here
TAKE = """
    SELECT id, card FROM customers WHERE key = 'old' AND id <> ALL(%s)
    LIMIT 10 FOR UPDATE SKIP LOCKED
"""
WRITE = "UPDATE customers SET card = %s, key = 'new' WHERE id = %s"
COUNT = "SELECT count(*) FROM customers WHERE key = 'old'"


def re_encrypt(keys):
    ring = MultiFernet([Fernet(key) for key in keys])
    damaged = []
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        while take_some(connection, ring, damaged):
            pass
        (left,) = connection.execute(COUNT).fetchone()
    if left:
        return 1
    keep_keys(keys[:1])
    return 0


def take_some(connection, ring, damaged):
    with connection.transaction():
        rows = connection.execute(TAKE, [damaged]).fetchall()
        for customer, card in rows:
            try:
                connection.execute(WRITE, [ring.rotate(card), customer])
            except InvalidToken:
                damaged.append(customer)
    return rows


# --- to here


if __name__ == "__main__":
    sys.exit(re_encrypt(read_keys()))
