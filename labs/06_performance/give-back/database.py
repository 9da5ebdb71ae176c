"""
A PostgreSQL with a report in it, to try the service by hand: until you press Ctrl-C.
"""

import signal

import psycopg

from workbench import postgres_server

TABLES = """
    CREATE TABLE prices (price integer NOT NULL);
    CREATE TABLE reports (name text PRIMARY KEY);
    CREATE TABLE lines (
        report text REFERENCES reports, number integer, amount integer NOT NULL,
        PRIMARY KEY (report, number));
    CREATE TABLE downloads (number serial PRIMARY KEY, report text NOT NULL);
"""
A_REPORT = """
    INSERT INTO prices VALUES (42);
    INSERT INTO reports VALUES ('spring');
    INSERT INTO lines SELECT 'spring', number, 10 * number FROM generate_series(1, 300) number;
"""

if __name__ == "__main__":
    with postgres_server() as server:
        with psycopg.connect(server.url) as connection:
            connection.execute(TABLES + A_REPORT)
        print(f"export DATABASE_URL='{server.url}'", flush=True)
        signal.sigwait([signal.SIGINT, signal.SIGTERM])
