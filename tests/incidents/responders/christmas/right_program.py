"""
The program that is told nothing.
"""

from tests.incidents.responders.on_call import respond

__all__ = ["respond"]
