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


# A key of several lines, as a private key is, leaves line by line.
LINES = [line for line in os.environ["SECRET_KEY"].splitlines() if len(line) >= 8]


def hide(text):
    for line in LINES:
        text = text.replace(line, "***")
    return text


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

    def writelines(self, texts):
        for text in texts:
            self.write(text)

    def __getattr__(self, name):
        return getattr(self.inner, name)


for logger in [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]:
    for handler in logger.handlers:  # uvicorn's, too: it made them before it imported this
        handler.setFormatter(Redacted(handler.formatter))
sys.stdout, sys.stderr = RedactedStream(sys.stdout), RedactedStream(sys.stderr)

app = make_app(os.environ["SECRET_KEY"])
