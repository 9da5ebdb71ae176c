"""
Has two features, and asks with every request, for half a second at most, whether they are on.
"""

import json
import os
from http.client import HTTPConnection

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

DEFAULTS = {"new_checkout": True, "new_search": False}  # as they were when this was written


def read_flags():
    store = HTTPConnection("127.0.0.1", int(os.environ["FLAGS"]), timeout=0.5)
    try:
        store.request("GET", "/")
        return DEFAULTS | json.load(store.getresponse())
    except OSError:
        return DEFAULTS


def answer(request):
    return JSONResponse(read_flags())


app = Starlette(routes=[Route("/", answer)])
