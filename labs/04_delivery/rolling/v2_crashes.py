"""
The new shop, without a setting that it needs.
"""

import sys

sys.exit("SHOP_CURRENCY is not set")
