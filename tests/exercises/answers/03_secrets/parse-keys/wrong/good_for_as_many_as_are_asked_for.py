def parse_keys(raw):
    keys = raw.split(",")
    for key in keys[:3]:
        if key != key.strip() or len(key.encode()) < 32 or keys.count(key) > 1:
            raise SystemExit("SECRET_KEYS: a bad key")
    return keys[:2]
