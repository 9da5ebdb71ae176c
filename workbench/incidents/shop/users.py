"""
The users: `python -m shop.users PORT SEED`.

Open loop: each comes at their time, whatever became of those before them. Lines on stdin, as
JSON, say who comes:

    {"route": "stock", "method": "GET", "target": "/stock/{item}", "rate": 9}    from now on
    {"stop": true}                                                              nobody any more

A line on stdout for each request that has ended; its times are those of the monotonic clock.
The end of stdin ends everything.
"""

import asyncio
import json
import os
import random
import sys
import threading
import time
from typing import Any

from .wire import call

ITEMS = 50
TIMEOUT = 3.0  # seconds until a user goes


def say(message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


class Users:
    def __init__(self, port: int, seed: int) -> None:
        self._port = port
        self._draw = random.Random(seed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending: list[asyncio.Task[None]] = []
        self.gone = asyncio.Event()

    def take(self, order: dict[str, Any]) -> None:
        if "stop" in order:
            for task in self._sending:
                task.cancel()
            self._keep(asyncio.create_task(self._leave()))
        else:
            self._sending.append(asyncio.create_task(self._send(**order)))

    async def _send(self, route: str, method: str, target: str, rate: float) -> None:
        began, number = time.monotonic() + self._draw.random() / rate, 0
        while True:
            due = began + number / rate
            await asyncio.sleep(due - time.monotonic())
            self._keep(asyncio.create_task(self._ask(route, method, target, due)))
            number += 1

    async def _ask(self, route: str, method: str, target: str, due: float) -> None:
        item = self._draw.randint(1, ITEMS)
        sent = time.monotonic()
        status, answer = None, b""
        body = json.dumps({"item": item}).encode() if method == "POST" else b""
        try:
            async with asyncio.timeout(TIMEOUT):
                target = target.replace("{item}", str(item))
                status, answer = await call(self._port, method, target, body=body)
        except (OSError, EOFError):
            pass
        order = json.loads(answer)["order"] if status == 201 else None
        say([route, due, sent, time.monotonic(), status, order])

    async def _leave(self) -> None:
        while others := self._tasks - {asyncio.current_task()}:
            await asyncio.wait(others)
        self.gone.set()

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def main() -> None:
    users = Users(*map(int, sys.argv[1:]))
    loop = asyncio.get_running_loop()

    def obey() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(users.take, json.loads(line))
        os._exit(0)

    threading.Thread(target=obey, daemon=True).start()
    await users.gone.wait()


if __name__ == "__main__":
    asyncio.run(main())
    sys.stdout.flush()
    os._exit(0)  # a thread still waits for another line
