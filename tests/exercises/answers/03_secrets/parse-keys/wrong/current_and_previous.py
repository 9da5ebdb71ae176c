def parse_keys(raw):
    current, *previous = keys = raw.split(",")
    if len(previous) > 1 or current in previous:
        raise SystemExit("SECRET_KEYS: a key, and the one before it")
    for key in keys:
        if key != key.strip() or len(key.encode()) < 32:
            raise SystemExit("SECRET_KEYS: a bad key")
    return keys
