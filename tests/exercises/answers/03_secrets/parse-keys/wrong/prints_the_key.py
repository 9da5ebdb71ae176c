def parse_keys(raw):
    keys = raw.split(",")
    for key in keys:
        if key != key.strip() or len(key.encode()) < 32 or keys.count(key) > 1:
            raise ValueError(f"a bad key in SECRET_KEYS: {key[:12]}…")
    return keys
