"""
`course trial` under oath: run as `python witness.py FILE trial …`, it writes into FILE, a line
of JSON each, whom the trial has signalled, where it has connected to, and what it has sent.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from workbench import __main__ as program
from workbench._spawn import RUN_ID
from workbench.sidecars.guard import RUN_MARK
from workbench.trial.client import Client

FILE = Path(sys.argv.pop(1))


def write(**what: Any) -> None:
    line = json.dumps({"at": time.monotonic(), **what})
    with FILE.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def watch(event: str, values: tuple[Any, ...]) -> None:
    match event:
        case "os.kill" | "os.killpg":
            write(signalled=values[0], signal=values[1], ours=ours(values[0]))
        case "socket.connect" | "socket.sendto":
            write(address=values[1][0])
        case "http.client.send":
            write(sent=values[1].decode(errors="replace"))


def ours(pid: int) -> bool:
    """
    Whether a process was started by the trial, or by what it has started.
    """
    try:
        process = psutil.Process(pid)
        if process.ppid() == psutil.Process().pid:
            return True
        return RUN_ID in process.environ().get(RUN_MARK, "").split(":")
    except psutil.NoSuchProcess:  # a zombie, too
        return True  # nobody has got it


def raw(client: Client, port: int, data: bytes) -> Any:
    write(sent=data.decode())
    return sends(client, port, data)


sends, Client.raw = Client.raw, raw  # what goes into a socket by hand makes no event
sys.addaudithook(watch)
sys.exit(program.main())
