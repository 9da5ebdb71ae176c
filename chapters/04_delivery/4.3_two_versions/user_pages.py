"""
What all versions of the users' service have in common: a page to read and one to write.

    python users_v1.py PORT

GET /users/7 answers with a name, PUT /users/7/Anna changes it, or adds a user. Each request has
a connection to the database of its own.
"""

import asyncio
import os
import sys

import psycopg

DATABASE = os.environ["DATABASE_URL"]


def serve(*, reads, writes):
    """
    Answer each request with the column that this version reads, and set those that it writes.
    """
    # The columns are the version's own words, not a user's.
    changes, columns = ", ".join(f"{name} = %(value)s" for name in writes), ", ".join(writes)
    values = ", ".join("%(value)s" for _ in writes)
    read = f"SELECT {reads} FROM users WHERE id = %(id)s"  # noqa: S608
    change = f"UPDATE users SET {changes} WHERE id = %(id)s RETURNING {reads}"  # noqa: S608
    add = f"INSERT INTO users (id, {columns}) VALUES (%(id)s, {values}) RETURNING {reads}"  # noqa: S608

    async def answer(reader, writer):
        try:
            method, path, _ = (await reader.readuntil(b"\r\n\r\n")).decode().split(None, 2)
            _, _, number, *value = path.split("/")
            sent = {"id": int(number), "value": value[0] if value else None}
            status, text = await ask([change, add] if method == "PUT" else [read], sent)
            head = f"HTTP/1.1 {status} .\r\ncontent-length: {len(text)}\r\n"
            writer.write(f"{head}connection: close\r\n\r\n{text}".encode())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever asked has gone
        finally:
            writer.close()

    async def main():
        async with await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1])) as server:
            print("listening", flush=True)
            await server.serve_forever()

    asyncio.run(main())


async def ask(statements, values):
    """
    The first row that one of the statements gives, in their order.
    """
    try:
        async with await psycopg.AsyncConnection.connect(DATABASE, autocommit=True) as database:
            for statement in statements:
                if row := await (await database.execute(statement, values)).fetchone():
                    return 200, row[0] or ""
            return 404, "nobody"
    except psycopg.Error as error:
        return 500, str(error).splitlines()[0]
