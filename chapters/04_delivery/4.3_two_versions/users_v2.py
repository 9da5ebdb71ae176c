"""
The new version: a user has a full name.
"""

from user_pages import serve

serve(reads="full_name", writes=["full_name"])
