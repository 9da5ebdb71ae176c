"""
The shop's database, as its operators have it.
"""

from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from workbench._servers import postgres_server

CONNECTIONS = 60
IDLE = 2.0  # seconds in a transaction without a query
# The shop's own database only: on a server that is named, others have theirs.
END = """\
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid = %s
"""
END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
END_IDLE = """\
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND state LIKE 'idle in transaction%%'
AND state_change < now() - make_interval(secs => %s)
"""
SESSIONS = """\
SELECT pid, application_name, state,
       round(extract(epoch FROM clock_timestamp() - state_change), 1)::float,
       pg_blocking_pids(pid), left(query, 80)
FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
AND pid <> pg_backend_pid() AND state <> 'idle'
ORDER BY state_change
"""
TABLES = """\
CREATE TABLE orders (id bigserial PRIMARY KEY, item int NOT NULL, at timestamptz DEFAULT now());
CREATE TABLE declined (id bigserial PRIMARY KEY, item int NOT NULL);
CREATE TABLE stock (item int PRIMARY KEY, units int NOT NULL);
CREATE TABLE price_lists (number int PRIMARY KEY);
INSERT INTO stock SELECT item, 1000 FROM generate_series(1, 50) item;
INSERT INTO price_lists VALUES (6);
"""
ROLE = """\
CREATE ROLE {role} LOGIN;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {role};
"""

NEW_LIST = "INSERT INTO price_lists SELECT max(number) + 1 FROM price_lists RETURNING number"

Connection = psycopg.Connection[tuple[Any, ...]]


class Database:
    """
    A database with the shop's tables, and a role for the API, which logs in with a password.
    """

    def __init__(self, password: str) -> None:
        self._server = postgres_server(max_connections=CONNECTIONS)
        with self.connect() as connection:
            connection.execute(TABLES)
            # On a server that is named, a role goes with the database that begins its name.
            self._role = f"{connection.info.dbname}_shop"
            connection.execute(sql.SQL(ROLE).format(role=sql.Identifier(self._role)))
        self.set_password(password)

    def stop(self) -> None:
        self._server.stop()

    def connect(self) -> Connection:
        """
        A new connection of an operator.
        """
        url = self._server.url
        return psycopg.connect(url, autocommit=True, application_name="operator")

    def url_for(self, application: str) -> str:
        """
        Where an instance of the API connects to, without its password.
        """
        url = make_url(self._server.url).set(
            drivername="postgresql+psycopg", username=self._role, password=None
        )
        return url.update_query_dict({"application_name": application}).render_as_string()

    def set_password(self, password: str) -> None:
        """
        From now on the API's role logs in with another one. Who is in stays in.
        """
        with self.connect() as connection:  # the server is sent what it keeps of it
            connection.pgconn.change_password(self._role.encode(), password.encode())

    def end_sessions(self) -> None:
        """
        Those of the API's role, all of them.
        """
        with self.connect() as connection:
            connection.execute(END_ALL, [self._role])

    def end_idle(self) -> None:
        """
        Those that have been idle in a transaction for a while.
        """
        with self.connect() as connection:
            connection.execute(END_IDLE, [IDLE])

    def end_session(self, number: int) -> bool:
        """
        Whether there was such a one.
        """
        with self.connect() as connection:
            return connection.execute(END, [number]).fetchone() is not None

    def sessions(self) -> list[dict[str, Any]]:
        """
        Who is connected, those first who have waited or worked the longest.
        """
        with self.connect() as connection:
            rows = connection.execute(SESSIONS).fetchall()
        names = ("session", "application", "state", "seconds", "blocked_by", "query")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def publish_prices(self) -> int:
        """
        Another price list is in force; return its number.
        """
        newer = (
            "INSERT INTO price_lists SELECT max(number) + 1 FROM price_lists RETURNING number"
        )
        with self.connect() as connection:
            (number,) = connection.execute(newer).fetchone() or (0,)
        return int(number)
