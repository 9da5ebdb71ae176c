def parse_keys(raw):
    keys = raw.split(",")
    for key in keys:
        if key != key.strip() or len(key.encode()) < 32 or keys.count(key) > 1:
            raise SystemExit("SECRET_KEYS: a bad key")
    print("keys: " + ", ".join(f"{key[:4]}…" for key in keys))
    return keys
