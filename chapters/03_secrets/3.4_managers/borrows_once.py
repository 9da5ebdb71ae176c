"""
Logs in to the database for every request, as the user that it has borrowed at its start.
"""

import os
from pathlib import Path

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
