"""
The new shop: all is well with it.
"""

from shop import serve

serve()
