"""
Prints the variables that it got, those with a colour in them.
"""

import json
import os

print(json.dumps({name: text for name, text in os.environ.items() if "blue" in text}))
