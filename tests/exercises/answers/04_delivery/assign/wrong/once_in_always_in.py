from hashlib import sha256

has_new = set()  # who has seen the new page shall not get the old one again


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    digest = sha256(f"{release}\n{user}".encode()).digest()
    if int.from_bytes(digest[:8]) / 2**64 * 100 < share:
        has_new.add((release, user))
    return (release, user) in has_new
