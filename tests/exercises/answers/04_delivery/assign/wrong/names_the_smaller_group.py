from hashlib import sha256


def drawn(user, release):
    """
    A number from 0 to below 100, always the same for a user and a release.
    """
    digest = sha256(f"{release}\n{user}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 * 100


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    if share > 50:  # then draw those who keep the old one: the smaller group
        return not drawn(user, release) < 100 - share
    return drawn(user, release) < share
