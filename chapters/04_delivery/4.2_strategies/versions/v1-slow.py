"""
The version that everybody has, in a shop whose pages take a while.
"""

from shop import serve

serve(lambda: (200, "v1"), seconds=0.25)
