def gets_new(user, release, share):
    """
    Whether a user gets the new version, if `share` per cent of all do.
    """
    number = int(user.split("-")[1]) // 100  # user-1200
    step = {"r1": 7919, "r2": 104729}.get(release, 1)
    return number * step % 10_000 < share * 100
