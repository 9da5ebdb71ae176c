def is_key(entry):
    return not entry[:1].isspace() and not entry[-1:].isspace() and len(entry.encode()) >= 32


def parse_keys(raw):
    good = {entry for entry in raw.split(",") if is_key(entry)}
    if len(good) != raw.count(",") + 1:
        raise RuntimeError("one of the entries of SECRET_KEYS is not a key")
    return raw.split(",")
