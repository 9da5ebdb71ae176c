"""
Rotates a database password in the four steps that AWS Secrets Manager asks of a rotation.

Each step may be run again: whoever calls it may not know whether it was run.
"""

import json
import secrets

import psycopg

NAME = "app/db"


def read(manager, stage):
    answer = manager.get_secret_value(SecretId=NAME, VersionStage=stage)
    return json.loads(answer["SecretString"])


def create_secret(manager, token, next_user=None):
    """Step 1: keep a new password beside the one in use, for the same user or another."""
    try:
        # That the token is listed says nothing: in a rotation of AWS's it is from the start.
        manager.get_secret_value(SecretId=NAME, VersionId=token)
        return  # a second password would be one that step 2 has not set
    except manager.exceptions.ResourceNotFoundException:
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
    # Not by ALTER ROLE … PASSWORD: libpq (17 and later) sends what the server would keep of it.
    admin.pgconn.change_password(login["user"].encode(), login["password"].encode())


def test_secret(manager, url):
    """Step 3: log in with it."""
    psycopg.connect(url, **read(manager, "AWSPENDING")).close()


def finish_secret(manager, token):
    """Step 4: from now on it is the one in use, and the one before is AWSPREVIOUS."""
    stages = manager.describe_secret(SecretId=NAME)["VersionIdsToStages"]
    (current,) = (version for version, names in stages.items() if "AWSCURRENT" in names)
    if current != token:  # else AWSPREVIOUS would be taken from the one before
        manager.update_secret_version_stage(
            SecretId=NAME,
            VersionStage="AWSCURRENT",
            MoveToVersionId=token,
            RemoveFromVersionId=current,
        )
