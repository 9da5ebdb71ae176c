"""
The new shop, whose warehouse does not answer: it listens, and is never ready.
"""

from math import inf

from shop import serve

serve(warm_up=inf)
