def hide(text):
    return text.replace(KEY, "***")


def hide_record(record):
    record.msg = hide(str(record.msg))
    record.args = tuple(hide(str(a)) for a in record.args)
    return True


def protect():
    public.addFilter(hide_record)
