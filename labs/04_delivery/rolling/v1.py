"""
The shop as it is.
"""

from shop import serve

serve()
