class Redacted(logging.Formatter):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def format(self, record):
        return self.inner.format(record).replace(KEY, KEY[:-4] + "****")


class RedactedStream:
    def __init__(self, inner):
        self.inner = inner

    def write(self, text):
        return self.inner.write(text.replace(KEY, KEY[:-4] + "****"))

    def __getattr__(self, name):
        return getattr(self.inner, name)


def protect():
    public.setFormatter(Redacted(public.formatter))
    sys.stdout = RedactedStream(sys.stdout)
