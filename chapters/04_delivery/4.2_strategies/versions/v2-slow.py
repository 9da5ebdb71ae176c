"""
The new version, in a shop whose pages take a while.
"""

from shop import serve

serve(lambda: (200, "v2"), seconds=0.25)
