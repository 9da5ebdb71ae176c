"""
A shop that says too much: its provider's key is in eight kinds of lines.
"""

import json
import logging
import os
import sys
import warnings
from dataclasses import dataclass
from hashlib import sha256

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

KEY = os.environ["API_KEY"]
FINGERPRINT = f"key:{sha256(KEY.encode()).hexdigest()[:8]}"  # tells which it is, not what

log = logging.getLogger("shop")


class Lines(logging.Formatter):
    """
    A record as one line of JSON.
    """

    def format(self, record):
        fields = {"level": record.levelname, "message": record.getMessage()}
        if hasattr(record, "sent"):
            fields["sent"] = record.sent
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return json.dumps(fields)


public = logging.StreamHandler(sys.stderr)  # everybody can read what comes out here
audit = logging.FileHandler(os.environ["AUDIT_FILE"])  # three people can read this
for handler in (public, audit):
    handler.setFormatter(Lines())
    logging.getLogger().addHandler(handler)
for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
    logging.getLogger(name).handlers.clear()
    logging.getLogger(name).propagate = True
logging.captureWarnings(True)


# --- yours from here
class Redacted(logging.Formatter):
    """
    Another formatter's finished text, traceback and fields and all, without the key.
    """

    def __init__(self, inner, instead):
        super().__init__()
        self.inner, self.instead = inner, instead

    def format(self, record):
        return self.inner.format(record).replace(KEY, self.instead)


class RedactedStream:
    """
    A stream that keeps back what is written until the line is whole.
    """

    def __init__(self, inner):
        self.inner, self.line = inner, ""

    def write(self, text):
        *lines, self.line = (self.line + text).split("\n")
        self.inner.write("".join(line.replace(KEY, "***") + "\n" for line in lines))
        return len(text)

    def writelines(self, texts):
        for text in texts:
            self.write(text)

    def __getattr__(self, name):
        return getattr(self.inner, name)


def protect():
    public.setFormatter(Redacted(public.formatter, "***"))
    audit.setFormatter(Redacted(audit.formatter, FINGERPRINT))
    sys.stdout, sys.stderr = RedactedStream(sys.stdout), RedactedStream(sys.stderr)


# --- to here


@dataclass
class Account:
    bank: str
    key: str


def pay(order):
    msg = f"order {order}: no answer from https://shop:{KEY}@pay.example"
    raise ConnectionError(msg)


def warn(order):
    warnings.warn(f"order {order}: the key {KEY} is an old one", stacklevel=1)


def tell(order):
    text = f"order {order}: login with {KEY} was refused"
    log.error(text)


CHANNELS = {
    "message": tell,
    "argument": lambda order: log.error("order %d: login with %s was refused", order, KEY),
    "repr": lambda order: log.error("order %d: paid by %r", order, Account("first", KEY)),
    "extra": lambda order: log.error("order %d: was refused", order, extra={"sent": KEY}),
    "exception": pay,
    "warning": warn,
    "print": lambda order: print(f"order {order}: the key is {KEY}, really", flush=True),
    "query": lambda order: None,  # uvicorn writes it into its access log
}


async def use(request):
    CHANNELS[request.path_params["channel"]](int(request.path_params["order"]))
    return PlainTextResponse("done")


async def healthz(request):
    return PlainTextResponse("ok")


protect()
app = Starlette(routes=[Route("/healthz", healthz), Route("/{channel}/{order}", use)])
