import random

places = {}


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    place = places.setdefault((release, user), random.random() * 100)
    return place < share
