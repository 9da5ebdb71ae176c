"""
Hides its key where text leaves the process: in every handler's formatter, and in the streams.
"""

import logging
import os
import sys

from leaky_channels import FORMAT, make_app

handler = logging.StreamHandler()
handler.setFormatter(FORMAT)
logging.getLogger().addHandler(handler)


def hide(text):
    return text.replace(os.environ["SECRET_KEY"], "***")


class Redacted(logging.Formatter):
    """Another formatter's finished text, traceback and all, without the key."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner or logging.Formatter()

    def format(self, record):
        return hide(self.inner.format(record))


class RedactedStream:
    """A stream that keeps back what is written until the line is whole."""

    def __init__(self, inner):
        self.inner, self.line = inner, ""

    def write(self, text):
        *lines, self.line = (self.line + text).split("\n")
        self.inner.write("".join(hide(line) + "\n" for line in lines))
        return len(text)

    def __getattr__(self, name):
        return getattr(self.inner, name)


for logger in [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]:
    for handler in logger.handlers:  # uvicorn's, too: it made them before it imported this
        handler.setFormatter(Redacted(handler.formatter))
sys.stdout, sys.stderr = RedactedStream(sys.stdout), RedactedStream(sys.stderr)

app = make_app(os.environ["SECRET_KEY"])
