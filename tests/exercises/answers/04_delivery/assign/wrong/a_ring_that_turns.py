import hashlib


def place(text):
    """
    A place between 0 and 100 on a ring, for any text.
    """
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64 * 100


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    # each release begins at a place of its own
    return (place(user) - place(release)) % 100 < share
