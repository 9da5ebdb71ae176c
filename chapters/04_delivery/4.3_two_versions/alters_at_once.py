"""
Add a column, which takes no time.
"""

import os

import psycopg

with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database:
    database.execute("ALTER TABLE users ADD COLUMN IF NOT EXISTS email text")
    print("altered", flush=True)
