import hashlib


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    digest = hashlib.sha256(f"{release}:{user}".encode()).digest()
    return digest[0] % 10 < share // 10
