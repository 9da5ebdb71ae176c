"""
Plays plan.toml through on a database: a step, then the thief, then the services; a line each.

DATABASE_URL names the database, as somebody who may do everything there.
"""

import json
import os
import secrets
import sys
import tomllib
from pathlib import Path

import psycopg
from psycopg import sql

SERVICES = 4
MOST_STEPS = 10
USERS = ("stolen", "other")
WITH_USER, ALONE = (
    ("new-password", "publish", "end-sessions"),
    ("wait", "lock-strangers", "new-key"),
)
END = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = ANY(%s)"


def read_plan(path):
    """The steps as pairs: what to do, and to whom; nothing where it can't be read as a plan."""
    try:
        steps = tomllib.loads(path.read_text(encoding="utf-8"))["step"]
        plan = [(step["do"], step.get("user")) for step in steps]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
    known = all(
        (do in WITH_USER and user in USERS) or (do in ALONE and user is None)
        for do, user in plan
    )
    return plan if known and len(plan) <= MOST_STEPS else []


class Drill:
    """A database with two users, a manager, services, and a thief who is in."""

    def __init__(self, url):
        self.url = url
        self.admin = psycopg.connect(url, autocommit=True)
        self.mark = f"{self.admin.info.dbname}_{secrets.token_hex(4)}_"
        self.names = {user: self.mark + user for user in USERS}
        self.table = sql.Identifier(f"{self.mark}keys")
        self.run("CREATE TABLE {} (key text)", self.table)
        self.run("GRANT SELECT ON {} TO PUBLIC", self.table)
        self.run("INSERT INTO {} VALUES ('')", self.table)
        for name in self.names.values():
            self.run("CREATE ROLE {} LOGIN CREATEROLE", sql.Identifier(name))
        self.manager, self.published = {}, "stolen"
        for user in USERS:
            self.set_password(user)
        self.renew_key()
        self.wait()
        self.thief = Thief(self, self.names["stolen"], self.manager["stolen"])
        self.do = {
            "new-password": self.set_password,
            "publish": self.publish,
            "wait": self.wait,
            "end-sessions": lambda user: self.end_sessions([self.names[user]]),
            "lock-strangers": self.lock_strangers,
            "new-key": self.renew_key,
        }

    def run(self, statement, *names):
        self.admin.execute(sql.SQL(statement).format(*names))

    def log_in(self, name, password):
        """A connection, or nothing where the door is shut."""
        try:
            return psycopg.connect(self.url, user=name, password=password, autocommit=True)
        except psycopg.OperationalError:
            return None

    def set_password(self, user):
        self.manager[user] = secrets.token_urlsafe()
        name, password = self.names[user].encode(), self.manager[user].encode()
        self.admin.pgconn.change_password(name, password)

    def publish(self, user):
        self.published = user

    def wait(self, user=None):
        told = self.names[self.published], self.manager[self.published]
        self.services = [told] * SERVICES

    def end_sessions(self, names):
        self.admin.execute(END, [names])

    def strangers(self):
        ask = "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)"
        found = {name for (name,) in self.admin.execute(ask, [self.mark])}
        return sorted(found - set(self.names.values()))

    def lock_strangers(self, user=None):
        names = self.strangers()
        for name in map(sql.Identifier, names):
            self.run("ALTER ROLE {} NOLOGIN", name)
        self.end_sessions(names)
        for name in map(sql.Identifier, names):
            self.run("DROP ROLE {}", name)

    def renew_key(self, user=None):
        self.key = secrets.token_hex()
        self.run("UPDATE {} SET key = {}", self.table, sql.Literal(self.key))

    def locked_out(self):
        """How many services can't log in with what they were last told."""
        doors = [self.log_in(*told) for told in self.services]
        for connection in filter(None, doors):
            connection.close()
        return doors.count(None)

    def tell(self, do, user):
        """Let the thief act, and say what he can do now."""
        said = {"do": do, "user": user, "published": self.published}
        said |= {"locked out": self.locked_out(), "thief": self.thief.act()}
        print(json.dumps(said), flush=True)

    def clean(self):
        self.thief.leave()
        self.lock_strangers()
        for name in self.names.values():
            self.run("DROP ROLE {}", sql.Identifier(name))
        self.run("DROP TABLE {}", self.table)
        self.admin.close()


class Thief:
    """Has a login, and whatever he finds behind it."""

    def __init__(self, drill, name, password):
        self.drill, self.stolen = drill, (name, password)
        self.own = self.key = None
        self.connections = {"stolen": None, "own": None}

    def act(self):
        """Come in wherever it is possible, read the key, make a user if there is none."""
        doors = {"stolen": self.stolen, "own": self.own}
        opened = {door: login and self.come_in(door, login) for door, login in doors.items()}
        inside = [door for door in doors if self.connections[door]]
        if inside:
            connection = self.connections[inside[0]]
            read = sql.SQL("SELECT key FROM {}").format(self.drill.table)
            (self.key,) = connection.execute(read).fetchone()
            if not opened["own"]:
                self.make_user(connection)
                opened["own"] = self.come_in("own", self.own)
        return {
            "logs in": bool(opened["stolen"]),
            "is in": any(self.connections.values()),
            "has a user": bool(opened["own"]),
            "signs": self.key == self.drill.key,
        }

    def come_in(self, door, login):
        """Whether the door is open; who is in already stays in."""
        fresh = self.drill.log_in(*login)
        if not self.is_alive(self.connections[door]):
            self.connections[door] = fresh
        elif fresh:
            fresh.close()
        return fresh is not None

    def is_alive(self, connection):
        try:
            return connection is not None and bool(connection.execute("SELECT 1"))
        except psycopg.OperationalError:
            return False

    def make_user(self, connection):
        self.own = f"{self.drill.mark}{secrets.token_hex(4)}", secrets.token_urlsafe()
        name, password = sql.Identifier(self.own[0]), sql.Literal(self.own[1])
        create = sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}")
        connection.execute(create.format(name, password))

    def leave(self):
        for connection in filter(None, self.connections.values()):
            connection.close()


if __name__ == "__main__":
    plan = read_plan(Path("plan.toml"))
    if not plan:
        sys.exit(f"plan.toml is no plan: at most {MOST_STEPS} steps, as the task names them.")
    drill = Drill(os.environ["DATABASE_URL"])
    drill.tell("nothing", None)
    for do, user in plan:
        drill.do[do](user)
        drill.tell(do, user)
    drill.clean()
