def parse_keys(raw):
    keys = raw.split(",")
    for key in keys:
        if len(key.split()) != 1 or key != key.strip() or len(key.encode()) < 32:
            raise SystemExit("SECRET_KEYS: a bad key")
    if len(set(keys)) < len(keys):
        raise SystemExit("SECRET_KEYS: the same key twice")
    return keys
