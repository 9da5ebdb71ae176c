"""
The client of users_database.py, as a driver would be: with a pool of ten connections.
"""

import asyncio
import json


class Users:
    def __init__(self, port):
        self.port = port
        self.pool = asyncio.Semaphore(10)  # the eleventh query waits for a connection

    async def get_user(self, user_id):
        return await self.ask("GET", user_id)

    async def set_user(self, user):
        await self.ask("SET", user)

    async def count_queries(self):
        return await self.ask("COUNT", None)

    async def ask(self, verb, argument):
        async with self.pool:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                writer.write(json.dumps([verb, argument]).encode() + b"\n")
                return json.loads(await reader.readline())
            finally:
                writer.close()
