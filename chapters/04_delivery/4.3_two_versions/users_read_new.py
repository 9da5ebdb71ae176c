"""
Between the versions: writes both, reads the new.
"""

from user_pages import serve

serve(reads="full_name", writes="name = %(value)s, full_name = %(value)s")
