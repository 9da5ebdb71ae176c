"""
Tells which features are on, and counts who asks: one is off since Monday, one is on for all.
"""

import json
import sys

from stand_ins.tiny_http import serve

FLAGS = {"new_checkout": False, "new_search": True}


async def answer(method, path):
    print("asked", flush=True)
    return 200, json.dumps(FLAGS)


serve(int(sys.argv[1]), answer)
