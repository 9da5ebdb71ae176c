class Redacted(logging.Formatter):
    """
    Another formatter's finished text, traceback and fields and all, without the key.
    """

    def __init__(self, inner, instead):
        super().__init__()
        self.inner, self.instead = inner, instead

    def format(self, record):
        return self.inner.format(record).replace(KEY, self.instead, 1)


class RedactedStream:
    """
    A stream that keeps back what is written until the line is whole.
    """

    def __init__(self, inner):
        self.inner, self.line = inner, ""

    def write(self, text):
        *lines, self.line = (self.line + text).split("\n")
        self.inner.write("".join(line.replace(KEY, "***", 1) + "\n" for line in lines))
        return len(text)

    def __getattr__(self, name):
        return getattr(self.inner, name)


def protect():
    public.setFormatter(Redacted(public.formatter, "***"))
    audit.setFormatter(Redacted(audit.formatter, FINGERPRINT))
    sys.stdout, sys.stderr = RedactedStream(sys.stdout), RedactedStream(sys.stderr)
