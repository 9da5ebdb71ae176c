"""
Removes the database of the folder that it is run in: python -m config.tools.wipe_db
"""

from pathlib import Path

Path("shop.db").unlink(missing_ok=True)
