"""
A process with levers, for the tests of the board: it writes where they are, and obeys or not.
"""

import json
import sys
import threading
import time

manner = sys.argv[1]
place = {"speed": 1, "gear": "low"}


def obey() -> None:
    for line in sys.stdin:
        if manner == "dies":
            over.set()
        elif manner == "obeys":
            place.update(json.loads(line))


over = threading.Event()
threading.Thread(target=obey, daemon=True).start()
while not over.is_set():
    print(json.dumps(place | {"in words": f"At {place['speed']}."}), flush=True)
    time.sleep(0.01)
print("out of fuel")
