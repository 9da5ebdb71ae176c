import re

PATTERN = re.compile(rf"\b{re.escape(KEY)}\b")


class Redacting(logging.Formatter):
    """Another formatter's text, with a word where the key was."""

    def __init__(self, inner, mask):
        super().__init__()
        self.inner, self.mask = inner, mask

    def format(self, record):
        return self.mask(self.inner.format(record))


class Masked:
    """A text stream that lets no key through."""

    def __init__(self, stream, mask):
        self.stream, self.mask = stream, mask

    def write(self, text):
        self.stream.write(self.mask(text))
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def __getattr__(self, name):
        return getattr(self.stream, name)


def protect():
    def hide(text):
        return PATTERN.sub("[key]", text)

    def identify(text):
        return PATTERN.sub(FINGERPRINT, text)

    public.setFormatter(Redacting(public.formatter, hide))
    audit.setFormatter(Redacting(audit.formatter, identify))
    sys.stdout, sys.stderr = Masked(sys.stdout, hide), Masked(sys.stderr, hide)
