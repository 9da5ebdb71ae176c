import random


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    # A seed that is a text is hashed with SHA-512, the same everywhere.
    return random.Random(f"{release}:{user}").random() * 100 < share
