import sys


class Key(str):
    __slots__ = ()

    def __repr__(self):
        return "<a key>"


def faults(path, raw, earlier):
    if len(raw) < 32:
        yield "fewer than 32 bytes"
    try:
        text = raw.decode("utf-8", "strict")
    except UnicodeError:
        yield "no UTF-8"
        return
    if text.strip() != text:
        yield "white space at an end"
    if raw in earlier:
        yield "twice"


def read_keys(folder):
    found, wrong = [], []
    try:
        paths = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    except OSError as error:
        paths, wrong = [], [f"{folder}: {type(error).__name__}"]
    for path in paths:
        if not path.is_file():
            wrong.append(f"{path.name}: not a file")
            continue
        try:
            raw = path.read_bytes()
        except OSError as error:
            wrong.append(f"{path.name}: {type(error).__name__}")
            continue
        raw = raw[:-1] if raw.endswith(b"\n") else raw
        wrong += [f"{path.name}: {fault}" for fault in faults(path, raw, found)]
        found.append(raw)
    if wrong or not found:
        print(*(wrong or ["no keys"]), sep="\n", file=sys.stderr, flush=True)
        os._exit(78)
    return tuple(Key(raw.decode()) for raw in found)
