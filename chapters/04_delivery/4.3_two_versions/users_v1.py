"""
The version that everybody has: a user has a name.
"""

from user_pages import serve

serve(reads="name", writes=["name"])
