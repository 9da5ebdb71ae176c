"""
Not PostgreSQL: a database of users that takes its time over a query, and counts.

    .venv/bin/python -m stand_ins.users_database PORT SECONDS_OF_A_QUERY

`Users` asks it.
"""

import asyncio
import json
import sys
from typing import Any

User = dict[str, Any]

users: dict[int, User] = {n: {"id": n, "name": f"user {n}"} for n in range(1, 601)}
queries = 0
may_answer = asyncio.Event()
may_answer.set()


async def act(verb: str, argument: Any, seconds: float) -> Any:
    global queries
    if verb == "COUNT":
        return queries
    if verb == "HOLD":
        may_answer.clear()
    if verb == "GO":
        may_answer.set()
    if verb == "SET":
        users[argument["id"]] = argument
    if verb == "GET":
        queries += 1
        print(f"query {queries}: user {argument}", flush=True)
        user = users.get(argument)
        await may_answer.wait()
        await asyncio.sleep(seconds)  # the work of a query
        return user
    return "OK"


class Users:
    """
    A client, as a driver would be: with a pool of ten connections.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.pool = asyncio.Semaphore(10)  # the eleventh query waits for a connection

    async def get_user(self, user_id: int) -> User | None:
        user: User | None = await self.ask("GET", user_id)
        return user

    async def set_user(self, user: User) -> None:
        await self.ask("SET", user)

    async def count_queries(self) -> int:
        return int(await self.ask("COUNT"))

    async def hold(self) -> None:
        """
        From now on let whoever asks for a user wait.
        """
        await self.ask("HOLD")

    async def go(self) -> None:
        await self.ask("GO")

    async def ask(self, verb: str, argument: Any = None) -> Any:
        async with self.pool:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                writer.write(json.dumps([verb, argument]).encode() + b"\n")
                return json.loads(await reader.readline())
            finally:
                writer.close()


async def main(port: int, seconds: float) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            verb, argument = json.loads(line)
            answer = await act(verb, argument, seconds)
            writer.write(json.dumps(answer).encode() + b"\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
