"""
Draws the users who get a new release first.
"""

# --- yours from here



def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    return hash((release, user)) % 100 < share


# --- to here
