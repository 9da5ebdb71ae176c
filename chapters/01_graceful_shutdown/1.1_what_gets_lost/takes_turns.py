"""
Answers one client after the other, with 0.3 s of work each.
"""

import signal
import socket
import sys
import time
from contextlib import suppress

stopping = False


def note(signum, frame):
    global stopping
    stopping = True


def answer(client):
    with client:
        client.recv(4096)
        print("request started", flush=True)
        time.sleep(0.3)  # the work
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ndone\n")


signal.signal(signal.SIGTERM, note)
door = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
door.settimeout(0.1)  # so that it looks at `stopping` again when nobody comes
print("listening", flush=True)
while not stopping:
    with suppress(TimeoutError):
        answer(door.accept()[0])
door.close()
