def hide(text):
    return text.replace(KEY, "***")


class RedactedStream:
    """
    A stream that keeps back what is written until the line is whole.
    """

    def __init__(self, inner):
        self.inner, self.line = inner, ""

    def write(self, text):
        *lines, self.line = (self.line + text).split("\n")
        self.inner.write("".join(hide(line) + "\n" for line in lines))
        return len(text)

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Careful(Lines):
    def format(self, record):
        other = logging.makeLogRecord(vars(record))
        other.msg, other.args = hide(record.getMessage()), ()
        return super().format(other)

    def formatException(self, exc_info):  # noqa: N802
        return hide(super().formatException(exc_info))


def protect():
    public.setFormatter(Careful())
    sys.stdout = RedactedStream(sys.stdout)
