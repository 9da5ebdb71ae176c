"""
Not always Vault: the server that COURSE_VAULT_ADDR names, or the stand-in for it, for 3.4.

VAULT_ADDR and VAULT_TOKEN, as a shell has them for some other project, are not read. Others may
use a server that is named, too: what a run writes there has a path of its own, which `stop()`
removes.
"""

import os
import uuid
from contextlib import redirect_stdout
from io import StringIO

import hvac
from requests.exceptions import RequestException

from workbench import Process, start
from workbench.errors import CannotStart

TOKEN = "course"  # noqa: S105 - the stand-in's and the classroom's, opens nothing else


class VaultServer:
    """
    A server's key-value store as `kv`, and as `path` where this run may write.
    """

    def __init__(self, client: hvac.Client, process: Process | None) -> None:
        self.kv = client.secrets.kv.v2
        self.path = f"course/{uuid.uuid4().hex}/api-key"
        self.process = process  # None where COURSE_VAULT_ADDR named the server

    def stop(self) -> None:
        """
        End the stand-in, or remove what was written to the server. Any number of times.
        """
        if self.process is not None:
            self.process.stop()
        else:
            self.kv.delete_metadata_and_all_versions(self.path)


def vault_server() -> VaultServer:
    """
    Meet the server that is named, with the token in COURSE_VAULT_TOKEN, or start the stand-in.
    """
    if address := os.environ.get("COURSE_VAULT_ADDR"):
        # Always with a token: without one hvac takes VAULT_TOKEN, or what is in ~/.vault-token.
        token = os.environ.get("COURSE_VAULT_TOKEN") or TOKEN
        process, client = None, hvac.Client(address, token, timeout=5)
    else:
        with redirect_stdout(StringIO()):  # the line below stands for both
            process = start("python -m stand_ins.vault {port}", ready="listening", name="Vault")
        client = hvac.Client(process.url, TOKEN)
    print(f"▶ Vault ⚙ {introduce(client)} · {client.url}")
    return VaultServer(client, process)


def introduce(client: hvac.Client) -> str:
    try:
        client.auth.token.lookup_self()  # a token that opens nothing is seen here, not later
        version: str = client.sys.read_health_status(method="GET")["version"]
        return version
    except (RequestException, hvac.exceptions.VaultError, TypeError) as error:
        msg = (
            f"COURSE_VAULT_ADDR names {client.url}. We asked there what our token may do, and"
            f" got: {error}\nStart that server, correct the address or COURSE_VAULT_TOKEN, or"
            " unset COURSE_VAULT_ADDR: then a stand-in answers."
        )
        raise CannotStart(msg) from error
