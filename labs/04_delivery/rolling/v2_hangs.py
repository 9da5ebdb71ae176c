"""
The new shop, whose warehouse takes questions and never answers: it is ready, and so is nobody
who asks.
"""

from math import inf

from shop import serve

serve(work=inf)
