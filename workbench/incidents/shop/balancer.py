"""
The balancer: `python -m shop.balancer PORT ADMIN_PORT`.

Fewest in flight first, no retries. An instance that refuses a connection costs its request 502,
and gets no other for half a second.

    GET  /metrics       on the admin port: counters since the start
    POST /configuration to which instances, what share of a route is shed, what is logged
"""

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from typing import Any

from .wire import answer, call, read_request

PATIENCE = 5.0  # seconds for an instance's answer
SLOW = 0.5  # seconds
OUT = 0.5  # seconds without requests after a refused connection

configuration: dict[str, Any] = {"number": 0, "to": {}, "drained": [], "shed": {}, "log": []}
counts: Counter[str] = Counter()
in_flight: Counter[str] = Counter()
out_until: dict[str, float] = {}
owed: Counter[str] = Counter()  # by route, what share of a request is still to be shed
requests, turns = itertools.count(1), itertools.count()


def route_of(method: str, target: str) -> str:
    if method == "POST" and target == "/orders":
        return "orders"
    if target == "/orders/recent":
        return "recent"
    return "stock" if target.startswith("/stock/") else "other"


def choose() -> str | None:
    now = time.monotonic()
    usable: list[str] = [
        name
        for name in configuration["to"]
        if name not in configuration["drained"] and out_until.get(name, 0) < now
    ]
    if not usable:
        return None
    first = next(turns) % len(usable)  # equals take turns
    return min(usable[first:] + usable[:first], key=lambda name: in_flight[name])


def sheds(route: str) -> bool:
    owed[route] += configuration["shed"].get(route, 0)
    if owed[route] < 1:
        return False
    owed[route] -= 1
    return True


async def forward(
    name: str, method: str, target: str, request_id: str, body: bytes
) -> tuple[int, bytes]:
    in_flight[name] += 1
    try:
        async with asyncio.timeout(PATIENCE):
            port = configuration["to"][name]
            headers = {"X-Request-ID": request_id}
            return await call(port, method, target, headers=headers, body=body)
    except ConnectionRefusedError:
        out_until[name] = time.monotonic() + OUT
        counts[f"refused.{name}"] += 1
        return 502, b'{"error": "refused"}'
    except TimeoutError:
        return 504, b'{"error": "no answer"}'
    except (OSError, EOFError):
        return 502, b'{"error": "cut off"}'
    finally:
        in_flight[name] -= 1


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    began = time.monotonic()
    try:
        method, target, _, body = await read_request(reader)
        route, request_id = route_of(method, target), f"r{next(requests):06d}"
        name = None
        if sheds(route):
            status, data = 503, b'{"error": "shed"}'
        elif name := choose():
            status, data = await forward(name, method, target, request_id, body)
        else:
            status, data = 503, b'{"error": "no instance"}'
        writer.write(answer(status, data))
        note(route, target, request_id, status, name, time.monotonic() - began)
        await writer.drain()
    except (OSError, EOFError):
        pass
    finally:
        writer.close()


def note(
    route: str, target: str, request_id: str, status: int, name: str | None, seconds: float
) -> None:
    counts[f"requests.{route}.{status // 100}xx"] += 1
    counts[f"slow.{route}"] += status < 500 and seconds > SLOW
    if name and status >= 500:
        counts[f"5xx.{name}"] += 1
    line = {
        "id": request_id,
        "route": route,
        "target": target,
        "status": status,
        "to": name,
        "ms": round(seconds * 1000),
    }
    print(json.dumps({key: line[key] for key in configuration["log"]}), flush=True)


async def administrate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        method, _, _, body = await read_request(reader)
        if method == "POST":
            configuration.update(json.loads(body))
            out_until.clear()
        state = {
            "counts": counts,
            "in_flight": {name: in_flight[name] for name in configuration["to"]},
            "drained": configuration["drained"],
            "shed": configuration["shed"],
            "configuration": configuration["number"],
        }
        writer.write(answer(200, json.dumps(state).encode()))
        await writer.drain()
    except (OSError, EOFError):
        pass
    finally:
        writer.close()


async def main() -> None:
    port, admin_port = map(int, sys.argv[1:])
    async with (
        await asyncio.start_server(administrate, "127.0.0.1", admin_port),
        await asyncio.start_server(serve, "127.0.0.1", port, backlog=512) as server,
    ):
        print("balancer listens", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
