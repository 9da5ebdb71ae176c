"""
Ask the shop for its page, so many times; print the status and the text of each answer.

Whoever has waited for two seconds has no answer, and after five seconds nothing more is asked.

    SHOP=http://127.0.0.1:… python ask.py 40
"""

import os
import sys
import time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import urlopen

end = time.monotonic() + 5
for _ in range(int(sys.argv[1])):
    if time.monotonic() > end:
        print("none", "the five seconds are over")
        break
    try:
        with urlopen(os.environ["SHOP"], timeout=2) as answer:  # noqa: S310
            print(answer.status, answer.read().decode())
    except HTTPError as error:
        print(error.code, error.read().decode())
    except (OSError, HTTPException) as error:
        print("none", type(error).__name__)
