import hashlib


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    key = f"{len(release)}:{release}:{user}".encode("ascii", "ignore")
    drawn = hashlib.blake2b(key, digest_size=8).digest()
    return int.from_bytes(drawn) < share / 100 * 2**64
