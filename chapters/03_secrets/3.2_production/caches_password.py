"""
Logs in to the database for every request, with a password that it keeps for a while.
"""

import json
import os
import time

import boto3
import psycopg
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

KEEP_SECONDS = 1
manager = boto3.client("secretsmanager", endpoint_url=os.environ["MANAGER"])
kept = {"login": {}, "until": 0.0}


def read_secret():
    answer = manager.get_secret_value(SecretId="app/db", VersionStage="AWSCURRENT")
    login = json.loads(answer["SecretString"])
    kept.update(login=login, until=time.monotonic() + KEEP_SECONDS)
    print("read the secret", flush=True)
    return login


def log_in():
    if time.monotonic() > kept["until"]:
        read_secret()
    return psycopg.connect(os.environ["DATABASE_URL"], **kept["login"])


def answer(request):
    try:
        log_in().close()
    except psycopg.OperationalError as error:
        print(f"no login: {error}", flush=True)
        return PlainTextResponse("no login", 503)
    return PlainTextResponse("logged in")


app = Starlette(routes=[Route("/", answer)])
