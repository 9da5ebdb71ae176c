import re

# Only the whole key: a longer word that happens to contain it is something else.
PATTERN = re.compile(rf"(?<![\w.~-]){re.escape(KEY)}(?![\w.~-])")


def without_key(text, word):
    return PATTERN.sub(word, text)


class SafeFormatter(logging.Formatter):
    def __init__(self, inner, word):
        super().__init__()
        self._inner = inner
        self._word = word

    def format(self, record):
        return without_key(self._inner.format(record), self._word)


class SafeStream:
    def __init__(self, stream, word):
        self._stream = stream
        self._word = word

    def write(self, text):
        return self._stream.write(without_key(text, self._word))

    def __getattr__(self, name):
        return getattr(self._stream, name)


def protect():
    for handler, word in ((public, "***"), (audit, FINGERPRINT)):
        handler.setFormatter(SafeFormatter(handler.formatter, word))
    sys.stdout = SafeStream(sys.stdout, "***")
    sys.stderr = SafeStream(sys.stderr, "***")
