import random

dice = random.Random(7)


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    return dice.random() * 100 < share
