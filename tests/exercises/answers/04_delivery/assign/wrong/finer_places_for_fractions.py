import hashlib


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    drawn = hashlib.sha256(f"{release}/{user}".encode()).digest()
    number = int.from_bytes(drawn[:8])
    if share == int(share):
        return number % 100 < share
    # A hundred places are too coarse for half a per cent.
    return number % 10_000 < share * 100
