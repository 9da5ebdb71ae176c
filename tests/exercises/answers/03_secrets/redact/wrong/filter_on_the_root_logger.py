def hide(text):
    return text.replace(KEY, "***")


def hide_record(record):
    record.msg, record.args = hide(record.getMessage()), ()
    return True


def protect():
    logging.getLogger().addFilter(hide_record)
