def until(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


def look(name):
    return instances()[name]


def comes_up(name):
    until(lambda: look(name)["ready"] or not look(name)["running"], READY_SECONDS)
    return look(name)["ready"] and look(name)["running"]


def retire(name):
    remove(name)
    time.sleep(0.3)  # an answer takes 0.1 s
    stop(name)


def proves_itself(name):
    until(lambda: look(name)["requests"] >= 20 or not look(name)["running"], 5)
    one = look(name)
    return one["running"] and one["requests"] >= 20 and one["errors"] <= 2


def swap(old, version):
    """
    A new instance instead of an old one; its name, or nothing if it is no good and gone.
    """
    new = start(version)
    if comes_up(new):
        add(new)
        if proves_itself(new):
            retire(old)
            return new
    retire(new)
    return None


def roll(version):
    swapped = []
    before = {name: one for name, one in instances().items() if one["in_rotation"]}
    for old, was in before.items():
        new = swap(old, version)
        if not new:
            for name, before in reversed(swapped):
                swap(name, before)
            return 1
        swapped.append((new, was["version"]))
    return 0
