"""
A small fleet: starts and stops instances of a shop, and is the proxy before them.

GET /fleet says what it knows of each instance; POST /fleet/start/VERSION starts one;
POST /fleet/NAME/add, …/remove and …/stop say what they do. Every other path goes to the shop.
"""

import asyncio
import itertools
import json
import random
import socket
import sys
import time
from contextlib import suppress

SIZE = 3  # instances of v1 at first


class Instance:
    def __init__(self, name, version):
        self.name, self.version = name, version
        self.in_rotation = False
        self.in_flight = self.requests = self.errors = 0

    async def start(self):
        # The instance inherits the bound socket: a port that is only named may be gone by then.
        with socket.socket() as own:
            own.bind(("127.0.0.1", 0))
            self.port = own.getsockname()[1]
            command = (sys.executable, f"{self.version}.py", str(own.fileno()))
            self.process = await asyncio.create_subprocess_exec(
                *command, pass_fds=[own.fileno()]
            )

    @property
    def running(self):
        return self.process.returncode is None

    async def ask(self, request):
        """
        What the instance answers to a request; nothing, if the answer is not whole.
        """
        writer = None
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(request)
            answer = await reader.read()
            writer.close()
            return answer
        if writer:
            writer.close()
        return b""

    async def health(self):
        """
        Whether it listens, and whether it is ready.
        """
        answer = await self.ask(b"GET /ready HTTP/1.1\r\n\r\n")
        return {"listens": bool(answer), "ready": b" 200 " in answer[:13]}

    async def serve(self, request):
        self.in_flight += 1
        answer = await self.ask(request)
        self.in_flight -= 1
        self.requests += 1
        self.errors += b" 200 " not in answer[:13]
        return answer or message(502, "bad gateway")

    async def state(self):
        names = ("name", "version", "running", "in_rotation", "in_flight", "requests", "errors")
        return {name: getattr(self, name) for name in names} | await self.health()

    async def stop(self):
        if self.running:
            with suppress(ProcessLookupError):
                self.process.terminate()
            await self.process.wait()


fleet = {}
numbers = itertools.count(1)
history = []  # what was done when, and what the fleet was like just then and right after


def message(status, text):
    head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(text)}\r\nConnection: close"
    return f"{head}\r\n\r\n{text}".encode()


async def change(name, action):
    """
    Start, add, remove or stop an instance, and write it down.
    """
    if action == "start":
        instance = Instance(f"{name}-{next(numbers)}", name)
        await instance.start()
        fleet[instance.name] = instance
    else:
        instance = fleet[name]
    event = {"action": action} | await instance.state() | {"at": time.monotonic()}
    if action == "stop":
        await instance.stop()
    elif action != "start":
        instance.in_rotation = action == "add"
    event["alive"] = sum(one.running for one in fleet.values())
    event["serving"] = sum(one.running and one.in_rotation for one in fleet.values())
    history.append(event)
    return {"name": instance.name}


async def manage(method, path):
    match path.strip("/").split("/"):
        case ["fleet"] if method == "GET":
            return await asyncio.gather(*(one.state() for one in fleet.values()))
        case ["fleet", "history"]:
            return history
        case ["fleet", "start", version] if method == "POST":
            return await change(version, "start")
        case ["fleet", name, ("add" | "remove" | "stop") as action] if name in fleet:
            return await change(name, action)
    return None


async def answer(reader, writer):
    with suppress(OSError, asyncio.IncompleteReadError):
        request = await reader.readuntil(b"\r\n\r\n")
        method, path = request.decode().split()[:2]
        if path.startswith("/fleet"):
            found = await manage(method, path)
            writer.write(message(404 if found is None else 200, json.dumps(found)))
        else:
            behind = [one for one in fleet.values() if one.in_rotation]
            random.shuffle(behind)  # among those with the fewest in flight, anyone
            chosen = min(behind, key=lambda one: one.in_flight, default=None)
            writer.write(await chosen.serve(request) if chosen else message(503, "nobody"))
        await writer.drain()
    writer.close()


async def main():
    names = [(await change("v1", "start"))["name"] for _ in range(SIZE)]
    for name in names:
        while not (await fleet[name].health())["ready"]:
            await asyncio.sleep(0.02)
        await change(name, "add")
    history.clear()
    server = await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
