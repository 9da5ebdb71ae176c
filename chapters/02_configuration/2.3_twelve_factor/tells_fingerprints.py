"""
A shop that tells what it was told, its secrets as a keyed hash:
python tells_fingerprints.py PORT
"""

import hashlib
import hmac
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "SHOP_"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, hide_input_in_errors=True)

    app_env: str
    debug: bool = False
    pool_size: int = 5
    timeout: float = 30
    database_url: SecretStr
    session_key: SecretStr
    audit_key: SecretStr  # the same everywhere, and new for each comparison


settings = Settings()
build = hashlib.sha256(Path(sys.argv[0]).read_bytes()).hexdigest()


def fingerprint(secret):
    key, text = settings.audit_key.get_secret_value(), secret.get_secret_value()
    return hmac.new(key.encode(), text.encode(), "sha256").hexdigest()[:16]


def tell(name):
    value, given = getattr(settings, name), name in settings.model_fields_set
    if isinstance(value, SecretStr):
        return {"secret": True, "given": given, "value": fingerprint(value)}
    return {"secret": False, "given": given, "value": str(value)}


def told():
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unread = [name for name in os.environ if name.startswith(PREFIX) and name not in known]
    settings = {name: tell(name) for name in Settings.model_fields}
    return {"build": build, "settings": settings, "unread": unread}


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(told()).encode())


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()
