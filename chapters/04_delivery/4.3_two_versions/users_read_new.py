"""
Between the versions: writes both, reads the new.
"""

from user_pages import serve

serve(reads="full_name", writes=["name", "full_name"])
