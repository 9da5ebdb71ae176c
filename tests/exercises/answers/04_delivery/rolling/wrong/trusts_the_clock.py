TRIAL = 20  # answers of a new instance, before it is trusted
MOST_ERRORS = 0.1  # of them
SECONDS = 5  # for such a trial, and for the last answers of an old instance


def until(condition, seconds):
    """
    Wait until something is so; whether it came to be.
    """
    end = time.monotonic() + seconds
    while not (so := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return so


def becomes_ready(name):
    time.sleep(2)
    return instances()[name]["running"]


def stands_its_trial(name):
    def settled():
        one = instances()[name]
        return one["requests"] >= TRIAL or not one["running"]

    enough = until(settled, SECONDS)
    one = instances()[name]
    return enough and one["running"] and one["errors"] <= MOST_ERRORS * one["requests"]


def bring(version):
    """
    Let a new instance serve; whether it is good. One that is not is gone again.
    """
    name = start(version)
    if becomes_ready(name):
        add(name)
        if stands_its_trial(name):
            return True
    retire(name)
    return False


def retire(name):
    remove(name)
    until(lambda: not instances()[name]["in_flight"], SECONDS)
    stop(name)


def roll(version):
    """
    Return the exit code: 0 if all instances are of the version.
    """
    before = {name: one for name, one in instances().items() if one["in_rotation"]}
    for old in before:
        if not bring(version):
            return back(before)
        retire(old)
    return 0


def back(before):
    """
    For each old instance that is gone one like it, then the new ones go.
    """
    for name, instance in before.items():
        if not instances()[name]["in_rotation"]:
            wrong = next(
                n for n, i in instances().items() if n not in before and i["in_rotation"]
            )
            bring(instance["version"])
            retire(wrong)
    return 1
