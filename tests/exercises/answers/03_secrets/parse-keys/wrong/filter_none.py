def parse_keys(raw):
    keys = list(filter(None, raw.split(",")))
    if not keys or len(set(keys)) < len(keys):
        raise SystemExit("SECRET_KEYS: no keys")
    for key in keys:
        if key != key.strip() or len(key.encode()) < 32:
            raise SystemExit("SECRET_KEYS: a bad key")
    return keys
