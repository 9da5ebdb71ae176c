"""
Payments, somebody else's: `python -m shop.payments PORT`.

Three desks, a charge takes each a sixteenth of a second; a line of 360. It works on what it has
taken in, whether anybody still waits for it or not.

Its owner tells it by lines on stdin what it does today: `seed N`, `pause SECONDS`, `decline
SHARE`, `expect HEADER VALUE`. Each is answered by a line.
"""

import asyncio
import json
import os
import random
import sys
import threading
import time

from .wire import answer, read_request

DESKS, SECONDS, LINE = 3, 0.0625, 360


class Payments:
    def __init__(self) -> None:
        self._line: asyncio.Queue[asyncio.Future[int]] = asyncio.Queue(LINE)
        self._draw = random.Random()
        self._paused_until = 0.0
        self._declined = 0.0  # share
        self._expected: dict[str, str] = {}  # by header

    async def desk(self) -> None:
        while True:
            charged = await self._line.get()
            await asyncio.sleep(max(0.0, self._paused_until - time.monotonic()))
            await asyncio.sleep(SECONDS)
            charged.set_result(402 if self._draw.random() < self._declined else 200)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await read_request(reader)
            if refusal := self._refusal(request.headers):
                writer.write(refusal)
            elif self._line.full():
                writer.write(answer(503))
            else:
                charged = asyncio.get_running_loop().create_future()
                self._line.put_nowait(charged)
                writer.write(answer(await charged))
            await writer.drain()
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    def _refusal(self, headers: dict[str, str]) -> bytes:
        for header, value in self._expected.items():
            if headers.get(header) != value:
                if header == "authorization":
                    return answer(401, b"unknown key")
                return answer(
                    409, json.dumps({header: headers.get(header), "valid": value}).encode()
                )
        return b""

    def obey(self) -> None:
        for line in sys.stdin:
            match line.split():
                case ["seed", number]:
                    self._draw.seed(int(number))
                case ["pause", seconds]:
                    self._paused_until = time.monotonic() + float(seconds)
                case ["expect", header, value]:
                    self._expected[header] = value
                case ["decline", share]:
                    self._declined = float(share)
            os.write(1, b"done\n")
        os._exit(0)  # its owner is gone


async def main() -> None:
    payments = Payments()
    server = await asyncio.start_server(
        payments.serve, "127.0.0.1", int(sys.argv[1]), backlog=512
    )
    async with asyncio.TaskGroup() as tasks:
        for _ in range(DESKS):
            tasks.create_task(payments.desk())
        threading.Thread(target=payments.obey, daemon=True).start()
        os.write(1, b"done\n")
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
