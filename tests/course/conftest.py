"""
What the tests of the course as a whole share.
"""

from tests.course.browser import lab, page

__all__ = ["lab", "page"]
