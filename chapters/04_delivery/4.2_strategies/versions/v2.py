"""
The new version.
"""

from shop import serve

serve(lambda: (200, "v2"))
