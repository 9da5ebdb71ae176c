def parse_keys(raw):
    keys = raw.split(",")
    if keys[0] != keys[0].strip() or len(keys[0].encode()) < 32:
        raise SystemExit("SECRET_KEYS: a bad key")
    return keys
