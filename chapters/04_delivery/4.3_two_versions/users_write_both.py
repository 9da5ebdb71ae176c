"""
Between the versions: writes both, reads the old.
"""

from user_pages import serve

serve(reads="name", writes=["name", "full_name"])
