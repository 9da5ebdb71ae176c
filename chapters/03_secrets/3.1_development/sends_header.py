"""
Asks a provider for something, with a key in a header, and logs nothing itself.
"""

import logging
import os
import sys

import httpx

logging.basicConfig(level=logging.INFO)
httpx.get(sys.argv[1], headers={"x-key": os.environ["SECRET_KEY"]}, trust_env=False)
