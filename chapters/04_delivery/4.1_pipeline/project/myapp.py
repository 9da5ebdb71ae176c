"""
A shop of which only the price matters.
"""

PRICE = 42
