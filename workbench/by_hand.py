"""
A Redis and a PostgreSQL for a service that is tried in a shell.
"""

import signal
from pathlib import Path

import psycopg

from ._servers import postgres_server, redis_server
from .errors import WorkbenchError


def run_backing_services(files: list[Path], max_connections: int | None = None) -> None:
    """
    Run both until Ctrl-C, with what the SQL files make, and say what a service is told of them.

    Raises:
        WorkbenchError: A file cannot be read, or PostgreSQL refuses what stands in it.
    """
    tables = [(file, _read(file)) for file in files]
    with (
        redis_server(own=True) as redis,
        postgres_server(max_connections=max_connections) as sql,
    ):
        with psycopg.connect(sql.url) as connection:
            for file, text in tables:
                try:
                    connection.execute(text)
                except psycopg.Error as error:
                    msg = f"PostgreSQL refuses what stands in {file}: {error}"
                    raise WorkbenchError(msg) from None
        assert redis.process is not None
        print(
            "Paste these into the terminal of your service; Ctrl-C here ends both.",
            f"export DATABASE_URL='{sql.url}'",
            f"export REDIS_URL='{redis.url}' REDIS_PID={redis.process.pid}",
            sep="\n",
            flush=True,
        )
        signal.pause()


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        msg = f"{file} cannot be read ({error})."
        raise WorkbenchError(msg) from None
