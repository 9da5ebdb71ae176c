"""
Draws the users who get a new release first.
"""

# --- yours from here
import random


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    return random.Random(user).random() * 100 < share


# --- to here
