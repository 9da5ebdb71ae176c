def hide(record):
    record.msg = "Keys are hidden to 100%! " + str(record.msg).replace(KEY, "***")
    return True


def protect():
    public.addFilter(hide)
