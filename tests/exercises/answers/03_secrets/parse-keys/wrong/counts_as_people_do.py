import re

LEAST = 32  # bytes


def by_number(path):
    """2 before 10"""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.name)]


class BadKey(ValueError):
    pass


def read_key(path):
    if not path.is_file():
        raise BadKey(f"{path.name}: no file")
    raw = path.read_bytes().removesuffix(b"\n")
    if len(raw) < LEAST:
        raise BadKey(f"{path.name}: {len(raw)} bytes, {LEAST} are the least")
    try:
        key = raw.decode()
    except UnicodeDecodeError:
        raise BadKey(f"{path.name}: not UTF-8") from None
    if key != key.strip():
        raise BadKey(f"{path.name}: white space at an end")
    return key


def read_keys(folder):
    keys = []
    for path in sorted(folder.iterdir(), key=by_number):
        if path.name.startswith("."):
            continue
        key = read_key(path)
        if key in keys:
            raise BadKey(f"{path.name}: a key that was there before")
        keys.append(key)
    if not keys:
        raise BadKey(f"{folder}: no keys")
    return keys
