def hide(text):
    return text.replace(KEY, "***")


class Redacted(logging.Formatter):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        inner.formatException = lambda info: repr(info[1])

    def format(self, record):
        return hide(self.inner.format(record))


class RedactedStream:
    def __init__(self, inner):
        self.inner = inner

    def write(self, text):
        return self.inner.write(hide(text))

    def __getattr__(self, name):
        return getattr(self.inner, name)


def protect():
    public.setFormatter(Redacted(Lines()))
    sys.stdout = RedactedStream(sys.stdout)
