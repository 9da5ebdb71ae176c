import random
from pathlib import Path

FILE = Path("places.txt")
places = {}
if FILE.exists():
    for line in FILE.read_text().splitlines():
        key, place = line.rsplit(" ", 1)
        places[key] = float(place)
out = FILE.open("a", buffering=1)


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    key = f"{release}:{user}"
    if key not in places:
        places[key] = random.random() * 100
        out.write(f"{key} {places[key]}\n")
    return places[key] < share
