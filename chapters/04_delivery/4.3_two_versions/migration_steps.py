"""
Follow a plan for a change of the schema, with all versions that are alive at each step.
"""

import http.client
from contextlib import ExitStack, redirect_stdout
from io import StringIO
from itertools import count

import psycopg

from workbench import start

OLD, NEW = 5, 2  # users that each instance changes, and that it adds, at each step


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


def deploys(plan):
    """
    How many versions are deployed in a plan, beside the one that is there.
    """
    return len({version for step in plan if not isinstance(step, str) for version in step}) - 1


def follow(plan, url, *, name="text"):
    """
    A step is a statement, or the versions that serve from now on, two instances at a time.

    After each step with services, every instance writes to users of its own, and is asked for
    everybody's. What has been acknowledged is what must be read, whomever one asks.
    `name` is the type of the old column.
    """
    counts, names, alive, numbers = Counts(), {}, {}, count()
    with psycopg.connect(url, autocommit=True) as database, ExitStack() as stack:
        database.execute("DROP TABLE IF EXISTS users")
        database.execute(f"CREATE TABLE users (id int PRIMARY KEY, name {name})")
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
            called = " + ".join(step)
            called += " again" * (called in counts)
            counts[called] = visit(list(alive.values()), names, numbers)
    return counts


def start_version(version, url):
    command, env = f"python users_{version}.py {{port}}", {"DATABASE_URL": url}
    with redirect_stdout(StringIO()):  # a dozen of lines like any others
        return start(command, ready="listening", name=version, env=env)


def visit(instances, names, numbers):
    """
    Write through each instance, then read everything through each; the errors, the wrong.
    """
    errors = wrong = 0
    for instance in instances:
        for turn in range(OLD + NEW):
            number = next(numbers)
            user = 1 + number % 40 if turn < OLD else 41 + number  # forty are there already
            name = f"name{number}"
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
