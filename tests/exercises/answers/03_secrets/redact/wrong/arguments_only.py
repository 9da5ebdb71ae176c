def hide(text):
    return text.replace(KEY, "***")


def hide_record(record):
    record.args = tuple(hide(a) if isinstance(a, str) else a for a in record.args)
    return True


def protect():
    public.addFilter(hide_record)
