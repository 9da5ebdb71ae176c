"""
The course as a site to read: `site/` has its look and its packages (see `__main__.py`).
"""
