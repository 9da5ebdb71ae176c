"""
The Vault of 3.2: the server that VAULT_ADDR names, or the stand-in beside this file.

Others may use a server that is named, too: what a run writes there has a path of its own, which
`stop()` removes.
"""

import os
import uuid
from contextlib import redirect_stdout
from io import StringIO

import hvac
from requests.exceptions import RequestException

from workbench import start
from workbench.errors import CannotStart

TOKEN = "course"  # noqa: S105 - the stand-in's, opens nothing


class VaultServer:
    """
    A server's key-value store as `kv`, and as `path` where this run may write.
    """

    def __init__(self, client, process):
        self.kv = client.secrets.kv.v2
        self.path = f"course/{uuid.uuid4().hex}/api-key"
        self.process = process  # None where VAULT_ADDR named the server

    def stop(self):
        """
        End the stand-in, or remove what was written to the server. Any number of times.
        """
        if self.process is not None:
            self.process.stop()
        else:
            self.kv.delete_metadata_and_all_versions(self.path)


def vault_server():
    """
    Meet the server that VAULT_ADDR names, with the token in VAULT_TOKEN, or start the stand-in.
    """
    if os.environ.get("VAULT_ADDR"):
        process, client = None, hvac.Client(timeout=5)  # it reads both variables by itself
    else:
        with redirect_stdout(StringIO()):  # the line below stands for both
            process = start("python vault_stand_in.py {port}", ready="listening", name="Vault")
        client = hvac.Client(process.url, TOKEN)
    print(f"▶ Vault ⚙ {introduce(client)} · {client.url}")
    return VaultServer(client, process)


def introduce(client):
    try:
        client.auth.token.lookup_self()  # a token that opens nothing is seen here, not later
        return client.sys.read_health_status(method="GET")["version"]
    except (RequestException, hvac.exceptions.VaultError, TypeError) as error:
        msg = (
            f"VAULT_ADDR names {client.url}. We asked there what our token may do, and"
            f" got: {error}\nStart that server, correct VAULT_ADDR or VAULT_TOKEN, or unset"
            " VAULT_ADDR: then a stand-in answers."
        )
        raise CannotStart(msg) from error
