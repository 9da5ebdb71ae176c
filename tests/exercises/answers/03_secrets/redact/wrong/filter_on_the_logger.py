def hide(text):
    return text.replace(KEY, "***")


def hide_record(record):
    record.msg, record.args = hide(record.getMessage()), ()
    return True


def protect():
    log.addFilter(hide_record)
