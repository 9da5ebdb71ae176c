def parse_keys(raw):
    keys = raw.split(",")
    for key in keys:
        if not key or key != key.strip() or keys.count(key) > 1:
            raise SystemExit("SECRET_KEYS: a bad key")
    return keys
