"""
Rotates a database password in the four steps that AWS Secrets Manager asks of a rotation.

Each step may be run again: whoever calls it may not know whether it was run.
"""

import json
import secrets

import psycopg
from psycopg import sql

NAME = "app/db"


def read(manager, stage):
    answer = manager.get_secret_value(SecretId=NAME, VersionStage=stage)
    return json.loads(answer["SecretString"])


def create_secret(manager, token, next_user=None):
    """Step 1: keep a new password beside the one in use, for the same user or another."""
    if token in manager.describe_secret(SecretId=NAME)["VersionIdsToStages"]:
        return  # a second password would be one that step 2 has not set
    login = read(manager, "AWSCURRENT")
    login |= {"user": next_user or login["user"], "password": secrets.token_urlsafe(24)}
    manager.put_secret_value(
        SecretId=NAME,
        ClientRequestToken=token,
        SecretString=json.dumps(login),
        VersionStages=["AWSPENDING"],
    )


def set_secret(manager, admin):
    """Step 2: make it the user's password in the database."""
    login = read(manager, "AWSPENDING")
    user, password = sql.Identifier(login["user"]), sql.Literal(login["password"])
    admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(user, password))


def test_secret(manager, url):
    """Step 3: log in with it."""
    psycopg.connect(url, **read(manager, "AWSPENDING")).close()


def finish_secret(manager, token):
    """Step 4: from now on it is the one in use, and the one before is AWSPREVIOUS."""
    stages = manager.describe_secret(SecretId=NAME)["VersionIdsToStages"]
    (current,) = (version for version, names in stages.items() if "AWSCURRENT" in names)
    if current != token:
        manager.update_secret_version_stage(
            SecretId=NAME,
            VersionStage="AWSCURRENT",
            MoveToVersionId=token,
            RemoveFromVersionId=current,
        )
