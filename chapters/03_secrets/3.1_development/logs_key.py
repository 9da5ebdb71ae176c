"""
Hides nothing.
"""

import logging
import os

from leaky_channels import FORMAT, make_app

handler = logging.StreamHandler()
handler.setFormatter(FORMAT)
logging.getLogger().addHandler(handler)

app = make_app(os.environ["SECRET_KEY"])
