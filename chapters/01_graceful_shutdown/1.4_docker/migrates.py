"""
A migration that may run any number of times: it does nothing where it is done.
"""

import os

import psycopg

COLUMN = "SELECT FROM information_schema.columns WHERE column_name = 'paid'"

with psycopg.connect(os.environ["SHOP_DATABASE"]) as database:
    if database.execute(COLUMN).fetchone() is None:
        database.execute("ALTER TABLE orders ADD COLUMN paid boolean")
print("migrated", flush=True)
