from hashlib import blake2b


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    # a salt may have sixteen bytes
    salt = release.encode()[: blake2b.SALT_SIZE]
    digest = blake2b(user.encode(), salt=salt, digest_size=8).digest()
    return int.from_bytes(digest, "little") < share / 100 * 2**64
