"""
Not Vault: a stand-in that lends users of a database, to those for whom a platform vouches.

    DATABASE_URL=… python -m stand_ins.lending_vault PORT PUBLIC_KEY LEASE LONGEST

As much of its JWT login, its database engine and its leases as one notebook asks: no policies,
no audit log. LEASE and LONGEST are seconds; Vault's are hours, and whole numbers.
"""

import json
import os
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jwt
import psycopg
from psycopg import sql

Tree = dict[str, Any]


class Refused(Exception):
    """
    What the client is told instead, and by which status.
    """

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


class Lender:
    """
    Who may borrow, and what is lent to whom, for how long at most.
    """

    def __init__(self, public: str, url: str, lease: float, longest: float) -> None:
        self.public, self.lease, self.longest = public, lease, longest
        self.database = psycopg.connect(url, autocommit=True)
        self.accounts: dict[str, str] = {}  # of each token
        self.lent: dict[str, tuple[str, str, float]] = {}  # lease: account, user, latest end

    def log_in(self, asked: Tree) -> Tree:
        """
        A token for whom the platform's own, short-lived token names.
        """
        try:
            claims = jwt.decode(
                asked["jwt"],
                self.public,
                algorithms=["EdDSA"],
                audience="vault",
                options={"require": ["exp"]},
            )
        except jwt.PyJWTError as error:
            msg = f"error validating token: {error}"
            raise Refused(msg) from error
        if claims["sub"] != f"system:serviceaccount:shop:{asked['role']}":
            msg = "error validating token: invalid subject (sub) claim"
            raise Refused(msg)
        token = secrets.token_urlsafe()
        self.accounts[token] = asked["role"]
        return {"auth": {"client_token": token, "renewable": True}}

    def lend(self, account: str) -> Tree:
        user = f"{self.database.info.dbname}_{len(self.lent)}"
        password = secrets.token_urlsafe()
        hashed = self.database.pgconn.encrypt_password(password.encode(), user.encode())
        create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
        name = sql.Identifier(user)
        self.database.execute(create.format(name, sql.Literal(hashed.decode())))
        lease = f"database/creds/orders/{secrets.token_urlsafe(8)}"
        self.lent[lease] = account, user, time.monotonic() + self.longest
        print(f"lent to {account}", flush=True)
        return self.extend(lease) | {"data": {"username": user, "password": password}}

    def extend(self, lease: str) -> Tree:
        """
        Let a lease end later: in as many seconds as a new one, but not after its latest end.
        """
        _, user, latest = self.lent.get(lease, ("", "", 0.0))
        seconds = min(self.lease, latest - time.monotonic())
        if seconds <= 0:
            msg = "lease not found"
            raise Refused(msg)
        end = "SELECT (now() + %s * interval '1 second')::text"
        (until,) = self.database.execute(end, [seconds]).fetchone() or ("",)
        alter = sql.SQL("ALTER ROLE {} VALID UNTIL {}")
        self.database.execute(alter.format(sql.Identifier(user), sql.Literal(until)))
        return {"lease_id": lease, "lease_duration": seconds, "renewable": True}

    def answer(self, path: str, token: str | None, asked: Tree) -> Tree:
        if path == "/v1/auth/jwt/login":
            return self.log_in(asked)
        if token not in self.accounts:
            msg = "permission denied"
            raise Refused(msg, 403)
        if path == "/v1/sys/leases/renew":
            return self.extend(asked["lease_id"])
        return self.lend(self.accounts[token])


class Handler(BaseHTTPRequestHandler):
    lender: Lender

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token = self.headers.get("X-Vault-Token")
        try:
            said = self.lender.answer(self.path, token, json.loads(body or b"{}"))
            self.send_response(200)
        except Refused as why:
            said = {"errors": [str(why)]}
            self.send_response(why.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    do_GET = do_POST = do_PUT = handle_any  # noqa: N815


if __name__ == "__main__":
    _, port, public, lease, longest = sys.argv
    url = os.environ["DATABASE_URL"]
    Handler.lender = Lender(Path(public).read_text(), url, float(lease), float(longest))
    server = HTTPServer(("127.0.0.1", int(port)), Handler)
    print("listening", flush=True)
    server.serve_forever()
