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

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Copies(Lines):
    def __init__(self, instead):
        super().__init__()
        self.instead = instead

    def hide(self, text):
        return text.replace(KEY, self.instead)

    def format(self, record):
        other = logging.makeLogRecord(vars(record))
        other.msg, other.args = self.hide(record.getMessage()), ()
        if hasattr(record, "sent"):
            other.sent = self.hide(str(record.sent))
        return super().format(other)

    def formatException(self, exc_info):  # noqa: N802
        return self.hide(super().formatException(exc_info))


def protect():
    public.setFormatter(Copies("***"))
    audit.setFormatter(Copies(FINGERPRINT))
    sys.stdout, sys.stderr = RedactedStream(sys.stdout), RedactedStream(sys.stderr)
