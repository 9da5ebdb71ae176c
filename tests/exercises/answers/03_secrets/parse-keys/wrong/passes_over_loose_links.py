SHORTEST = 32  # bytes, as many as the signature has


def read_keys(folder):
    paths = sorted(
        path for path in folder.iterdir() if not path.name.startswith(".") and path.exists()
    )
    keys = []
    for path in paths:
        key = path.read_bytes().removesuffix(b"\n").decode()
        if key != key.strip() or len(key.encode()) < SHORTEST or key in keys:
            # The name of the file, never the key: this text ends up in a log.
            msg = f"{path.name} is padded, too short or a repetition"
            raise SystemExit(msg)
        keys.append(key)
    if not keys:
        msg = "there are no keys"
        raise SystemExit(msg)
    return keys
