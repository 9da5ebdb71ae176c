"""
Has two features, and asks once a second whether they are on; keeps what it was told last.
"""

import json
import os
import time
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

DEFAULTS = {"new_checkout": True, "new_search": False}  # as they were when this was written
KEPT = Path(os.environ["KEPT"])
flags = DEFAULTS | (json.loads(KEPT.read_text()) if KEPT.exists() else {})


def refresh():
    store = HTTPConnection("127.0.0.1", int(os.environ["FLAGS"]), timeout=0.5)
    try:
        store.request("GET", "/")
        flags.update(json.load(store.getresponse()))
    except OSError as error:
        print(f"flags are those of before: {error}", flush=True)
        return
    draft = KEPT.with_suffix(".new")
    draft.write_text(json.dumps(flags))
    draft.replace(KEPT)


def refresh_for_ever():
    while True:
        time.sleep(1)
        refresh()


def answer(request):
    return JSONResponse(flags)


refresh()
Thread(target=refresh_for_ever, daemon=True).start()
app = Starlette(routes=[Route("/", answer)])
