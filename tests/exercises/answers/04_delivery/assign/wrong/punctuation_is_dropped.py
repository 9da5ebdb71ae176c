import hashlib
import re


def key_of(release):
    """
    The release's name, however somebody has typed it.
    """
    return re.sub("[^0-9a-z]", "", release.lower())


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    drawn = hashlib.sha256(f"{key_of(release)}/{user}".encode()).digest()
    return int.from_bytes(drawn[:8]) / 2**64 < share / 100
