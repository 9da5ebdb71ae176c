"""
Runs a service, asks it eight times a second, and sends it the signals that it is told to send.

`python sends_signals.py PORT` writes twenty times a second what is so, as a line of JSON; a
line of JSON on its stdin presses a button.
"""

import asyncio
import itertools
import json
import signal
import sys
import time
from asyncio.subprocess import PIPE
from collections import Counter, deque

port = sys.argv[1]
pressed = program = process = sent = None
requests = deque(maxlen=160)  # [number, when it left, when it ended, how], of twenty seconds
met = {}  # the requests in flight that the last SIGTERM has met, and the last SIGKILL


async def press(button):
    global pressed
    running = process and process.returncode is None
    if button.startswith("SIG") and running:
        await send(button)
    elif button.startswith("start") and (sent or not running):
        await start(button.removeprefix("start "))
    pressed = button


async def send(name):
    global sent
    if not sent:
        await unheard.join()  # now the service knows of all that are in flight
    sent = name
    met[name] = [request for request in requests if request[3] == "in flight"]
    process.send_signal(signal.Signals[name])


async def start(name):
    global program, process, sent, unheard
    if process:
        await process.wait()
    unheard = asyncio.Queue()  # what has left, and of which the service has not yet said so
    process = await asyncio.create_subprocess_exec(sys.executable, name, port, stdout=PIPE)
    await process.stdout.readline()  # "listening"
    program, sent = name, None
    asyncio.create_task(listen(process.stdout, unheard))


async def listen(log, unheard):
    while await log.readline():  # "request started"
        unheard.get_nowait()
        unheard.task_done()


async def come():
    calls, due = set(), time.monotonic()
    for number in itertools.count():
        calls.add(task := asyncio.create_task(call(number, unheard)))
        task.add_done_callback(calls.discard)
        due += 1 / 8
        await asyncio.sleep(due - time.monotonic())


async def call(number, unheard):
    requests.append(request := [number, time.monotonic(), None, "in flight"])
    unheard.put_nowait(number)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        how = "ok" if (await reader.read()).endswith(b"done\n") else "cut off"
        writer.close()
    except ConnectionRefusedError:
        unheard.get_nowait()
        unheard.task_done()
        how = "refused"
    except ConnectionError:
        how = "cut off"
    request[2:] = time.monotonic(), how


def what_is_so():
    now = time.monotonic()
    fates = {name: Counter(how for *_, how in each) for name, each in met.items()}
    words = f"{program} runs."
    if sent:
        fate = ", ".join(f"{count} {how}" for how, count in fates[sent].items())
        words = f"{program} was sent {sent} with {len(met[sent])} requests in flight: {fate}."
    elif pressed.startswith("start") and not pressed.endswith(program):
        words = f"{program} still runs: send it a signal first."
    return {
        "press": pressed,
        "in words": words,
        "requests": [
            [number % 16, now - left, now - (ended or now), how]
            for number, left, ended, how in requests
        ],
        "met": fates,
        "exit code": process.returncode,
    }


async def obey():
    while line := await asyncio.to_thread(sys.stdin.readline):
        await press(json.loads(line)["press"])


async def main():
    await press("start drains.py")
    tasks = [asyncio.create_task(come()), asyncio.create_task(obey())]
    while not any(task.done() for task in tasks):
        print(json.dumps(what_is_so()), flush=True)
        await asyncio.sleep(0.05)


asyncio.run(main())
