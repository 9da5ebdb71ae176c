import zlib


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    return zlib.crc32(f"{release}:{user}".encode()) / 2**32 * 100 < share
