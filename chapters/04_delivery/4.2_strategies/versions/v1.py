"""
The version that everybody has.
"""

from shop import serve

serve(lambda: (200, "v1"))
