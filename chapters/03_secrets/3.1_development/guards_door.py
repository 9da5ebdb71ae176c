"""
Opens to whoever brings the key: 200, and 401 to everybody else.
"""

import hmac
import os

KEY = os.environ["SECRET_KEY"].encode()


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    brought = dict(scope["headers"]).get(b"x-key", b"")
    opens = scope["path"] == "/healthz" or hmac.compare_digest(brought, KEY)
    await send({"type": "http.response.start", "status": 200 if opens else 401, "headers": []})
    await send({"type": "http.response.body", "body": b"open" if opens else b"closed"})
