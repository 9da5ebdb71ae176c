def hide(text):
    return text.replace(KEY, "***")


def hide_record(record):
    record.msg = hide(str(record.msg))
    return True


def protect():
    public.addFilter(hide_record)
