"""
Ask the shop for its page, so many times; print the status and the text of each answer.

    SHOP=http://127.0.0.1:… python ask.py 40
"""

import os
import sys
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import urlopen

for _ in range(int(sys.argv[1])):
    try:
        with urlopen(os.environ["SHOP"], timeout=5) as answer:  # noqa: S310
            print(answer.status, answer.read().decode())
    except HTTPError as error:
        print(error.code, error.read().decode())
    except (OSError, HTTPException) as error:
        print("none", type(error).__name__)
