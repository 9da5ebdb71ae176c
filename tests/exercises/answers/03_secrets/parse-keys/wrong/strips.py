def parse_keys(raw):
    keys = [key.strip() for key in raw.split(",")]
    if any(len(key.encode()) < 32 for key in keys) or len(set(keys)) < len(keys):
        raise SystemExit("SECRET_KEYS: a bad key")
    return keys
