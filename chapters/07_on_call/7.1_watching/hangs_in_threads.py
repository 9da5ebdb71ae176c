"""
Takes a lock for each order. Whoever settles takes it, too, and waits for a bank.

SIGUSR1 writes where its threads are.
"""

import faulthandler
import signal
import threading

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

lock = threading.Lock()
faulthandler.register(signal.SIGUSR1)


def ask_bank():
    threading.Event().wait()  # no answer comes, and there is no time-out


def settle(_request):
    with lock:
        ask_bank()


def order(_request):
    with lock:
        return PlainTextResponse("ordered")


app = Starlette(routes=[Route("/settle", settle), Route("/order", order)])
