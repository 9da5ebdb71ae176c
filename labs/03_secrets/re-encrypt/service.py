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
# TODO: be killed, run again, and worked beside, and lose nothing; forget the old key last.
def re_encrypt(keys):
    ring = MultiFernet([Fernet(key) for key in keys])
    with psycopg.connect(DATABASE_URL) as connection:
        rows = connection.execute("SELECT id, card FROM customers WHERE key = 'old'").fetchall()
        for customer, card in rows:
            try:
                connection.execute(
                    "UPDATE customers SET card = %s, key = 'new' WHERE id = %s",
                    [ring.rotate(card), customer],
                )
            except InvalidToken:
                print(f"customer {customer}: no key opens this card", flush=True)
    keep_keys(keys[:1])
    return 0


# --- to here


if __name__ == "__main__":
    sys.exit(re_encrypt(read_keys()))
