def is_key(text):
    return not text[:1].isspace() and not text[-1:].isspace() and len(text.encode()) >= 32


def read_keys(folder):
    names = sorted(name for name in os.listdir(folder) if name[0] != ".")
    keys = {}
    for name in names:
        with open(folder / name, encoding="utf-8", newline="") as file:
            text = file.read()
        keys[text.removesuffix("\n")] = name
    if len(keys) != len(names) or not keys or not all(map(is_key, keys)):
        raise RuntimeError(f"one of the {len(names)} files of KEYS is no key")
    return list(keys)
