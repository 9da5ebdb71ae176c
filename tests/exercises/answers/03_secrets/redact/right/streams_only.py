class RedactedStream:
    """
    A stream that keeps back what is written until the line is whole.
    """

    def __init__(self, inner, instead="***"):
        self.inner, self.line, self.instead = inner, "", instead

    def write(self, text):
        *lines, self.line = (self.line + text).split("\n")
        self.inner.write("".join(line.replace(KEY, self.instead) + "\n" for line in lines))
        return len(text)

    def __getattr__(self, name):
        return getattr(self.inner, name)


def protect():
    sys.stdout, sys.stderr = RedactedStream(sys.stdout), RedactedStream(sys.stderr)
    public.setStream(sys.stderr)
    audit.setStream(RedactedStream(audit.stream, FINGERPRINT))
