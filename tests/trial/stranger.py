"""
Somebody else on the port: run as `python stranger.py FILE`, it prints its port, and writes into
FILE each signal and each byte that it gets.
"""

import signal
import socket
import sys
from pathlib import Path

FILE = Path(sys.argv[1])


def write(what: str) -> None:
    with FILE.open("a", encoding="utf-8") as file:
        file.write(f"{what}\n")


for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, lambda number, _: write(f"signal {number}"))
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        with connection:
            if data := connection.recv(65536):
                write(f"bytes {data!r}")
