def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    return int(user.removeprefix("user-")) % 100 < share
