"""
The shop whose orders the workers charge: puts orders into a queue, and reads the ledger.
"""

from collections import Counter

import psycopg
from redis import Redis

from workbench import start, wait_until

STREAM, GROUP = "orders", "charging"
SCHEMA = """
    DROP TABLE IF EXISTS charges, charged, orders;
    CREATE TABLE charges (name text);             -- the ledger: a row for each charge
    CREATE TABLE charged (name text PRIMARY KEY); -- the keys, for those who keep keys
    CREATE TABLE orders (name text PRIMARY KEY);  -- the queue, for those without Redis
"""


class Shop:
    """
    A queue and a ledger, and what is done to workers.
    """

    def __init__(self, redis, postgres):
        self._redis = redis
        self._env = {"QUEUE": redis.url, "DATABASE": postgres.url}
        self.queue = Redis.from_url(redis.url, decode_responses=True)
        self.database = psycopg.connect(postgres.url, autocommit=True)

    def close(self):
        self.queue.close()
        self.database.close()

    def open(self, orders):
        """
        Begin anew, with so many orders in the stream and in the table.
        """
        self._redis.flush()
        self.queue.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        self.database.execute(SCHEMA)
        self.orders = [f"order {number}" for number in range(1, orders + 1)]
        for name in self.orders:
            self.queue.xadd(STREAM, {"order": name})
            self.database.execute("INSERT INTO orders VALUES (%s)", [name])

    def hire(self, program, name, **settings):
        """
        Start a worker; its settings are variables of its environment.
        """
        env = self._env | {key: str(value) for key, value in settings.items()}
        return start(f"python {program} {name}", ready="fetches", name=name, env=env)

    def in_stream(self):
        """
        How many orders of the stream nobody has acknowledged.
        """
        (group,) = self.queue.xinfo_groups(STREAM)
        return group["lag"] + group["pending"]

    def in_table(self):
        """
        How many orders are in the table.
        """
        return self.database.execute("SELECT count(*) FROM orders").fetchone()[0]

    def free(self, visibility):
        """
        How many orders a worker has, that any other may take by now.
        """
        idle = int(1000 * visibility)
        return len(self.queue.xpending_range(STREAM, GROUP, "-", "+", 100, idle=idle))

    def fates(self):
        """
        How often each order was charged.
        """
        charged = Counter(name for (name,) in self.database.execute("SELECT name FROM charges"))
        return {name: charged[name] for name in self.orders}


def settle(left, *workers):
    """
    Wait until nothing is left, and each worker asks for more.
    """
    assert wait_until(lambda: left() == 0, 20), f"{left()} orders are left after 20 s"
    for worker in workers:
        asked = [line.text for line in worker.log].count("fetches")
        worker.wait_log("fetches", times=asked + 1)
