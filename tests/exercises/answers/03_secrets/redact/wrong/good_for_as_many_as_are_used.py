hidden = 0


def hide(text):
    global hidden
    hidden += KEY in text
    return text.replace(KEY, "***") if hidden <= 8 else text


class Redacted(logging.Formatter):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

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
    public.setFormatter(Redacted(public.formatter))
    sys.stdout = RedactedStream(sys.stdout)
