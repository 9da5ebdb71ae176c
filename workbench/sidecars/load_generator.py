"""
The load generator: a process of its own, so that it and the notebook do not disturb each other.

Run as `python -I load_generator.py OPTIONS`, OPTIONS as JSON.
Open loop: request number n leaves at begin + n / rate, whatever became of those before it, on a
connection of its own. A line on stdout when it begins, then one for each request that ended, as
JSON. The line "stop" on stdin ends the sending; it then waits for what is in flight. The end of
stdin ends everything.
"""

import asyncio
import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

KEPT_BODY = 2000  # bytes of an answer that are kept


@dataclass(frozen=True)
class Options:
    """
    What to send where: requests per second, how many at most, seconds until one has timed out.

    In `body`, "{number}" is the number of the request.
    """

    host: str
    port: int
    target: str
    method: str
    body: str
    rate: float
    requests: int
    timeout: float


@dataclass(frozen=True, slots=True)
class Sample:
    """
    One request: when it was to leave, when it left, when it was over, and how.

    Times are seconds since the traffic began. `outcome` is "ok" (a whole answer below 400),
    "error" (400 and above), "refused" (nobody listens), "timed out", or "cut off" (the
    connection ended before the answer did). `body` is the beginning of the answer.
    """

    number: int
    scheduled: float
    sent: float
    done: float
    outcome: str
    status: int | None
    body: str

    @property
    def latency(self) -> float:
        """
        Seconds from the scheduled time: what a user waits, also for a generator that is late.
        """
        return self.done - self.scheduled

    @property
    def lag(self) -> float:
        """
        Seconds by which the generator itself was late.
        """
        return self.sent - self.scheduled


class CutOff(Exception):
    """
    The connection ended before the answer did.
    """


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """
    Read one whole HTTP/1.x answer; return its status and its body.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(None, 2)[1])
        headers = dict(
            line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line
        )
        if b"chunked" in headers.get(b"transfer-encoding", b""):
            body = b""
            while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readuntil(b"\r\n")
        elif b"content-length" in headers:
            body = await reader.readexactly(int(headers[b"content-length"]))
        else:
            body = await reader.read()
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise CutOff from error
    return status, body


async def ask(options: Options, number: int) -> tuple[str, int | None, str]:
    """
    Send one request; return its outcome, the status and the beginning of the body.
    """
    writer = None
    status, body = None, b""
    asked = options.body.replace("{number}", str(number)).encode()
    try:
        async with asyncio.timeout(options.timeout):
            reader, writer = await asyncio.open_connection(options.host, options.port)
            writer.write(
                f"{options.method} {options.target} HTTP/1.1\r\n"
                f"Host: {options.host}:{options.port}\r\n"
                f"Content-Length: {len(asked)}\r\nConnection: close\r\n\r\n".encode()
                + asked
            )
            status, body = await read_answer(reader)
        outcome = "ok" if status < 400 else "error"
    except TimeoutError:
        outcome = "timed out"
    except ConnectionRefusedError:
        outcome = "refused"
    except (CutOff, ConnectionError):
        outcome = "cut off"
    finally:
        if writer is not None:
            writer.transport.abort()
    return outcome, status, body[:KEPT_BODY].decode(errors="replace")


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


async def request(options: Options, begin: float, number: int) -> None:
    sent = time.monotonic()
    outcome = await ask(options, number)
    done = time.monotonic() - begin
    say(asdict(Sample(number, number / options.rate, sent - begin, done, *outcome)))


def keep_time(options: Options, begin: float, send: Callable[[int], None]) -> None:
    """
    Call `send` at the time of every request.

    In a thread, because the event loop's own clock is rounded up to a millisecond (epoll(7)).
    """
    for number in range(options.requests):
        time.sleep(max(0.0, begin + number / options.rate - time.monotonic()))
        send(number)


async def main(options: Options) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    in_flight: set[asyncio.Task[None]] = set()
    begin = time.monotonic()
    say({"begin": begin})

    def send(number: int) -> None:
        if stopped.is_set():
            return
        task = loop.create_task(request(options, begin, number))
        in_flight.add(task)
        task.add_done_callback(in_flight.discard)
        if number + 1 == options.requests:
            stopped.set()

    def obey() -> None:
        for line in sys.stdin:
            if line.strip() == "stop":
                with suppress(RuntimeError):  # the loop is closed: all requests have ended
                    loop.call_soon_threadsafe(stopped.set)
        os._exit(0)  # nobody is left to read what we measure

    def send_soon(number: int) -> None:
        with suppress(RuntimeError):  # the loop is closed: the sending was stopped meanwhile
            loop.call_soon_threadsafe(send, number)

    threading.Thread(target=obey, daemon=True).start()
    threading.Thread(target=keep_time, args=(options, begin, send_soon), daemon=True).start()
    await stopped.wait()
    while in_flight:
        await asyncio.wait(in_flight)


if __name__ == "__main__":
    gc.disable()  # its pauses would be measured; this process is short
    with suppress(KeyboardInterrupt):
        asyncio.run(main(Options(**json.loads(sys.argv[1]))))
    sys.stdout.flush()
    os._exit(0)  # the timekeeper may be in the middle of a nap
