"""
A migration that may run any number of times, also at the same time.
"""

import os

import psycopg

COLUMN = "SELECT FROM information_schema.columns WHERE column_name = 'paid'"

with psycopg.connect(os.environ["SHOP_DATABASE"]) as database:
    # One after the other, up to the end of this transaction; the number means us.
    database.execute("SELECT pg_advisory_xact_lock(20261129)")
    if database.execute(COLUMN).fetchone() is None:
        database.execute("ALTER TABLE orders ADD COLUMN paid boolean")
print("migrated", flush=True)
