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
    new.unlink(missing_ok=True)  # of one that was killed here
    new.touch(mode=0o600)  # before the keys are in it
    with new.open("w") as file:
        json.dump(keys, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(KEYS)


# --- yours from here
TAKE = "SELECT id, card FROM customers WHERE key = 'old' AND id > %s ORDER BY id LIMIT 20"
WRITE = "UPDATE customers SET card = %s, key = 'new' WHERE id = %s AND card = %s"
COUNT = "SELECT count(*) FROM customers WHERE key = 'old'"


def re_encrypt(keys):
    ring = MultiFernet([Fernet(key) for key in keys])
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        last = -1
        while rows := connection.execute(TAKE, [last]).fetchall():
            with connection.transaction():
                for customer, card in rows:
                    re_encrypt_row(connection, ring, customer, card)
            last = rows[-1][0]
        (left,) = connection.execute(COUNT).fetchone()
    if left:
        print(f"{left} rows are left under the old key, which is kept")
        return 1
    keep_keys(keys[:1])
    return 0


def re_encrypt_row(connection, ring, customer, card):
    try:
        new = ring.rotate(card)
    except InvalidToken:
        print(f"customer {customer}: no key opens this card")
    else:
        connection.execute(WRITE, [new, customer, card])  # unless it has changed since


# --- to here


if __name__ == "__main__":
    sys.exit(re_encrypt(read_keys()))
