"""
Draws the users who get a new release first.
"""

# --- yours from here
import hashlib


def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    digest = hashlib.sha256(f"{release}:{user}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64  # from 0 to 1, the same everywhere
    return place * 100 < share


# --- to here
