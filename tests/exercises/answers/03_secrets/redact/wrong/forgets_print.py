def hide(text):
    return text.replace(KEY, "***")


class Redacted(logging.Formatter):
    """
    Another formatter's finished text, traceback and fields and all, without the key.
    """

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def format(self, record):
        return hide(self.inner.format(record))


def protect():
    public.setFormatter(Redacted(public.formatter))
