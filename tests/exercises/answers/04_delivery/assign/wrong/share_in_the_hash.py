import hashlib


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    digest = hashlib.sha256(f"{release}:{share}:{user}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return place * 100 < share
