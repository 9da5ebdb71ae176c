def faults(keys):
    if not keys:
        yield "there are none"
    for number, key in enumerate(keys, 1):
        if key.strip() != key:
            yield f"number {number} is padded"
        if len(key.encode("utf-8")) < 32:
            yield f"number {number} is too short"
        if keys.index(key) != number - 1:
            yield f"number {number} is there before"


def read_keys(folder):
    keys = []
    for path in sorted(folder.glob("[!.]*"), key=lambda path: path.name):
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            raise SystemExit("keys: a file can't be read") from None
        keys.append(text[:-1] if text[-1:] == "\n" else text)
    if found := list(faults(keys)):
        raise SystemExit("keys: " + ", ".join(found))
    return keys
