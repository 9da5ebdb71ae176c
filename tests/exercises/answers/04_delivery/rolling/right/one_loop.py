def wait(name, condition, seconds=5):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        one = instances()[name]
        if condition(one):
            return True
        if not one["running"]:
            return False
        time.sleep(0.03)
    return False


def retire(name):
    remove(name)
    wait(name, lambda one: one["in_flight"] == 0)
    stop(name)


def replace(old, version):
    """
    Put a new instance in the place of an old one, or leave all as it was.
    """
    new = start(version)
    good = wait(new, lambda one: one["ready"], READY_SECONDS)
    if good:
        add(new)
        good = wait(new, lambda one: one["requests"] >= 15 or one["errors"] >= 5)
        good = good and instances()[new]["errors"] < 5
    retire(old if good else new)
    return new if good else None


def roll(version):
    """
    Return the exit code: 0 if all instances are of the version.
    """
    done = []
    serving = {name: one for name, one in instances().items() if one["running"]}
    for old, instance in serving.items():
        new = replace(old, version)
        if new is None:
            for name, was in reversed(done):
                replace(name, was)
            return 3
        done.append((new, instance["version"]))
    return 0
