import hashlib


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    drawn = hashlib.sha512(user.encode()).digest()  # 64 bytes, each as good as the other
    first = sum(release.encode()) % (len(drawn) - 3)
    return int.from_bytes(drawn[first : first + 4]) / 2**32 < share / 100
