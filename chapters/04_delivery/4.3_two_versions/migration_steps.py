"""
Follow a plan for a change of the schema, with all versions that are alive at each step.
"""

import http.client
from contextlib import ExitStack, redirect_stdout
from io import StringIO

import psycopg

from workbench import start

FOR_EACH = 5  # users that each instance writes to, at each step


class Counts(dict):
    """
    Of each step with services: errors, and answers that were wrong.
    """

    @property
    def errors(self):
        return sum(errors for errors, _ in self.values())

    @property
    def wrong(self):
        return sum(wrong for _, wrong in self.values())

    def __str__(self):
        return "\n".join(
            f"{'✗' if errors or wrong else '✓'} {step}: {errors} errors, {wrong} wrong answers"
            for step, (errors, wrong) in self.items()
        )


def follow(plan, url):
    """
    A step is a statement, or the versions that serve from now on, two instances at a time.

    After each step with services, every instance writes to users of its own, and is asked for
    everybody's. What has been acknowledged is what must be read, whomever one asks.
    """
    counts, names, alive = Counts(), {}, {}
    with psycopg.connect(url, autocommit=True) as database, ExitStack() as stack:
        database.execute("DROP TABLE IF EXISTS users")
        database.execute("CREATE TABLE users (id int PRIMARY KEY, name text)")
        database.execute(
            "INSERT INTO users SELECT id, 'user' || id FROM generate_series(1, 40) id"
        )
        for step in plan:
            if isinstance(step, str):
                database.execute(step)
                continue
            for version in set(alive) - set(step):
                alive.pop(version).stop()
            for version in [version for version in step if version not in alive]:
                alive[version] = stack.enter_context(start_version(version, url))
            counts[" + ".join(step)] = visit(list(alive.values()), names)
    return counts


def start_version(version, url):
    command, env = f"python users_{version}.py {{port}}", {"DATABASE_URL": url}
    with redirect_stdout(StringIO()):  # a dozen of lines like any others
        return start(command, ready="listening", name=version, env=env)


def visit(instances, names):
    """
    Write through each instance, then read everything through each; the errors, the wrong.
    """
    errors = wrong = 0
    for instance in instances:
        for _ in range(FOR_EACH):
            user, name = 1 + len(names) % 40, f"name{len(names)}"
            status, _ = ask(instance, "PUT", f"/users/{user}/{name}")
            errors += status != 200
            if status == 200:
                names[user] = name
    for instance in instances:
        for user, name in names.items():
            status, found = ask(instance, "GET", f"/users/{user}")
            errors += status != 200
            wrong += status == 200 and found != name
    return errors, wrong


def ask(instance, method, path):
    connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
