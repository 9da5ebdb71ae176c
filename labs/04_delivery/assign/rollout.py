"""
Draws the users who get a new release first.
"""

# --- yours from here
# TODO: the same users each time, about so many of them, and others for another release.
import random


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    return random.random() * 100 < share


# --- to here
