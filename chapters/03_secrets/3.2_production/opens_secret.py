"""
Signs with what is in the file /run/secrets/secret_key, whatever it is.
"""

import hashlib
import os
from pathlib import Path

SECRETS = Path(os.environ.get("SECRETS", "/run/secrets"))

if __name__ == "__main__":
    key = (SECRETS / "secret_key").read_text()
    print("signs with", hashlib.sha256(key.encode()).hexdigest()[:8])
