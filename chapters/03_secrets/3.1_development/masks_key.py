"""
Keeps its key in a SecretStr, which shows stars to whoever does not ask for the value.
"""

import logging
import os

from leaky_channels import FORMAT, make_app
from pydantic import SecretStr

handler = logging.StreamHandler()
handler.setFormatter(FORMAT)
logging.getLogger().addHandler(handler)

app = make_app(SecretStr(os.environ["SECRET_KEY"]))
