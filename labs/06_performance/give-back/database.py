"""
A PostgreSQL with a report in it, to try the service by hand: until you press Ctrl-C.
"""

import signal
from pathlib import Path

import psycopg

from workbench import postgres_server

TABLES = Path(__file__).with_name("tables.sql").read_text(encoding="utf-8")
A_REPORT = """
    INSERT INTO prices VALUES (42);
    INSERT INTO reports VALUES ('spring');
    INSERT INTO lines SELECT 'spring', number, 10 * number FROM generate_series(1, 300) number;
"""

with postgres_server() as server:
    with psycopg.connect(server.url) as connection:
        connection.execute(TABLES + A_REPORT)
    print(f"export DATABASE_URL='{server.url}'", flush=True)
    signal.pause()
