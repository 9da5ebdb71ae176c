"""
Logs in to the database for every request, as a user whose lease it renews.
"""

import os
import time
from pathlib import Path
from threading import Thread

import hvac
import psycopg
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

vault = hvac.Client(os.environ["VAULT"])


def borrow():
    identity = Path(os.environ["IDENTITY"]).read_text()  # the platform puts new ones there
    vault.auth.jwt.jwt_login(os.environ["ACCOUNT"], identity)
    return vault.secrets.database.generate_credentials("orders")


lease = borrow()


def renew():
    while True:
        time.sleep(lease["lease_duration"] * 2 / 3)
        renewed = vault.sys.renew_lease(lease["lease_id"])
        lease["lease_duration"] = renewed["lease_duration"]


Thread(target=renew, daemon=True).start()


def answer(request):
    login = lease["data"]
    try:
        psycopg.connect(
            os.environ["DATABASE_URL"], user=login["username"], password=login["password"]
        ).close()
    except psycopg.OperationalError:
        return PlainTextResponse("no login", 503)
    return PlainTextResponse("logged in")


app = Starlette(routes=[Route("/", answer)])
