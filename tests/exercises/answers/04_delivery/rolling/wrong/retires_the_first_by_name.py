LOOK = 0.05  # seconds between two looks
ANSWERS, SECONDS = 20, 5  # so many answers are enough to judge, and so long may they take
DRAIN_SECONDS = 5  # may the requests in flight take


def wait(name, done, seconds):
    """
    Look at an instance until it is done; whether it was, in this time.
    """
    deadline = time.monotonic() + seconds
    while not done(instances()[name]):
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK)
    return True


def begin(version):
    """
    Start an instance and wait until it is ready: its name, and whether it is.
    """
    name = start(version)
    wait(name, lambda one: one["ready"] or not one["running"], READY_SECONDS)
    one = instances()[name]
    return name, one["ready"] and one["running"]


def proves_itself(name):
    def known(one):
        return one["errors"] or one["requests"] >= ANSWERS or not one["running"]

    in_time = wait(name, known, SECONDS)
    one = instances()[name]
    return in_time and one["running"] and not one["errors"]


def retire(name):
    """
    Take an instance out, let it finish what it has begun, and end it.
    """
    remove(name)
    wait(name, lambda one: not one["in_flight"] or not one["running"], DRAIN_SECONDS)
    stop(name)


def go_back(before, gone, new):
    """
    As many of the old version as are gone, and then none of the new one.
    """
    for _ in range(gone):
        name, ready = begin(before)
        if ready:
            add(name)
        else:
            stop(name)
    for name in new:
        retire(name)
    return 1


def next_one(added):
    """
    The first of those that serve, apart from the one that has just been added.
    """
    found = instances().values()
    return min(one["name"] for one in found if one["in_rotation"] and one["name"] != added)


def roll(version):
    """
    Return the exit code: 0 if all instances are of the version.
    """
    serving = [one for one in instances().values() if one["in_rotation"] and one["running"]]
    before = serving[0]["version"]
    new = []
    for gone in range(len(serving)):
        name, ready = begin(version)
        if not ready:
            stop(name)
            return go_back(before, gone, new)
        add(name)
        new.append(name)
        if not proves_itself(name):
            return go_back(before, gone, new)
        retire(next_one(name))
    return 0
