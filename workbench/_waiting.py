"""
Wait for what is to come true, with a bound, and on a slow machine longer.
"""

import time
from collections.abc import Callable

# How many times longer than it was told to `wait_until()` waits, for what it has waited for
# since a moment; a check makes it follow the machine.
patience: Callable[[float], float] = lambda _since: 1.0  # noqa: E731


def wait_until(done: Callable[[], object], timeout: float, *, every: float = 0.02) -> bool:
    """
    Look again and again until `done()` is true, at most so long; whether it came true.

        wait_until(lambda: load.count("ok") >= 40, 10)

    In a check it waits as many times longer as the machine is slower than usual, up to four.

    Args:
        done: What is asked; its truth ends the waiting.
        timeout: Seconds until it is given up.
        every: Seconds between two looks.
    """
    began = time.monotonic()
    while not done():
        waited = time.monotonic() - began
        if waited > timeout and waited > timeout * patience(began):
            return False
        time.sleep(every)
    return True
