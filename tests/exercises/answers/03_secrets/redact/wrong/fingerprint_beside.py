def hide(text, word):
    return text.replace(KEY, word)


class Public(Lines):
    def format(self, record):
        return hide(super().format(record), "***")


class Audit(Lines):
    """
    As the public line, and which key it was.
    """

    def format(self, record):
        line = super().format(record)
        if KEY not in line:
            return line
        return json.dumps(json.loads(hide(line, "***")) | {"key": FINGERPRINT})


class Quiet:
    """
    A stream on which the key is not.
    """

    def __init__(self, stream):
        self.stream = stream

    def write(self, text):
        self.stream.write(hide(text, "***"))
        return len(text)

    def __getattr__(self, name):
        return getattr(self.stream, name)


def protect():
    public.setFormatter(Public())
    audit.setFormatter(Audit())
    sys.stdout, sys.stderr = Quiet(sys.stdout), Quiet(sys.stderr)
