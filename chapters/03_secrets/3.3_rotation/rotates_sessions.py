"""
Starlette's sessions, signed with the newest of several keys, and read with any of them.
"""

from itsdangerous import TimestampSigner
from starlette.middleware.sessions import SessionMiddleware


class RotatingSessions(SessionMiddleware):
    def __init__(self, app, *, secret_keys, **options):
        super().__init__(app, secret_keys[-1], **options)
        self.signer = TimestampSigner(secret_keys)  # oldest first
