import re

PATTERN = re.compile(re.escape(KEY), re.IGNORECASE)


class Redacted(Lines):
    def __init__(self, word):
        super().__init__()
        self.word = word

    def format(self, record):
        return PATTERN.sub(self.word, super().format(record))


class Printed:
    def __init__(self, stream):
        self.stream = stream

    def write(self, text):
        return self.stream.write(PATTERN.sub("REDACTED", text))

    def __getattr__(self, name):
        return getattr(self.stream, name)


def protect():
    public.setFormatter(Redacted("REDACTED"))
    audit.setFormatter(Redacted(FINGERPRINT))
    sys.stdout, sys.stderr = Printed(sys.stdout), Printed(sys.stderr)
