import hashlib
import random


def places_in(release, share):
    """
    The places, of a hundred, that are in: always the same ones of a release.
    """
    return set(random.Random(release).sample(range(100), round(share)))


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    drawn = hashlib.sha256(f"{release}/{user}".encode()).digest()
    return int.from_bytes(drawn[:8]) % 100 in places_in(release, share)
