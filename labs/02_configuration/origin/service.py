"""
A shop starts, and writes into its log what it has.
"""

import json

from settings import Settings

# --- yours from here
# TODO: say of each setting which layer it comes from, also when one of them is wrong.
for name, value in Settings():
    print(json.dumps({"setting": name, "value": str(value)}))

# --- to here
