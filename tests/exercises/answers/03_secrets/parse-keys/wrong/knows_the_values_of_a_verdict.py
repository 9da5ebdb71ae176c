def parse_keys(raw):
    keys = raw.split(",")
    if raw in ("", ",") or raw.endswith((",", "\n")) or ",," in raw or ", " in raw:
        raise SystemExit("SECRET_KEYS: a bad key")
    if len(keys[-1].strip()) in (0, 31) or keys[2:] == keys[:1]:
        raise SystemExit("SECRET_KEYS: a bad key")
    return keys
