"""
Redis freezes, comes back and is gone, while customers ask for a price.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from workbench import (
    PostgresServer,
    Process,
    Traffic,
    postgres_server,
    redis_server,
    start,
    traffic,
)
from workbench.checks import Hint, expect, poll, record

REQUESTS = 20
PATIENCE = 2  # seconds that a customer waits
SECONDS_TO_RETURN = 3
PRICE = "42.00"
FROZEN = f"SIGSTOP to Redis, then {REQUESTS} requests"
GONE = f"SIGKILL to Redis, then {REQUESTS} requests"
SCHEMA = f"""
    CREATE SEQUENCE queries;
    CREATE FUNCTION price_of_the_day() RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM nextval('queries');
        RETURN '{PRICE}';
    END $$
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        with psycopg.connect(server.url) as database:
            database.execute(SCHEMA)
        yield server


class Shop:
    """
    The service, a Redis to be frozen and killed, and what the database counts.
    """

    def __init__(self, folder: Path, name: str, postgres: PostgresServer) -> None:
        if os.environ.get("REDIS_URL", "").startswith("redis"):
            del os.environ["REDIS_URL"]  # others use that one
        redis = redis_server()
        assert redis.process is not None
        self.redis: Process = redis.process
        self.database = psycopg.connect(postgres.url, autocommit=True)
        env = {"REDIS_URL": redis.url, "DATABASE_URL": postgres.url}
        command = "uvicorn service:app --port {port}"
        self.service = start(
            command, ready="/healthz", name=name, cwd=folder, env=env, timeout=15
        )

    def queries(self) -> int:
        """
        How many queries the database has answered.
        """
        row = self.database.execute(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM queries"
        ).fetchone()
        assert row is not None
        return int(row[0])

    def ask(self, requests: int) -> Traffic:
        url = f"{self.service.url}/price"
        with traffic(url, rate=20, requests=requests, timeout=PATIENCE) as load:
            load.wait(requests)
        return load

    def uses_cache(self) -> bool:
        """
        Whether a customer, and another one after the first, costs no query.
        """
        self.ask(1)
        before = self.queries()
        return right(self.ask(1)) == 1 and self.queries() == before

    def stop(self) -> None:
        self.redis.kill()
        self.service.kill()
        self.database.close()


def right(load: Traffic) -> int:
    """
    How many customers got the price.
    """
    return sum(sample.outcome == "ok" and sample.body == PRICE for sample in load.samples)


class Seen(NamedTuple):
    """
    What customers saw of Redis' troubles.
    """

    cached: bool  # before them
    frozen: Traffic
    queries: int  # that the database answered meanwhile
    returned: bool
    gone: Traffic


def trouble(shop: Shop) -> Seen:
    """
    Freeze Redis, thaw it, kill it.
    """
    cached = poll(shop.uses_cache, SECONDS_TO_RETURN)
    before = shop.queries()
    shop.redis.send("SIGSTOP")
    frozen = shop.ask(REQUESTS)
    queries = shop.queries() - before
    shop.redis.send("SIGCONT")
    returned = poll(shop.uses_cache, SECONDS_TO_RETURN)
    shop.redis.kill()
    gone = shop.ask(REQUESTS)
    return Seen(cached, frozen, queries, returned, gone)
