"""
Not a client library: a line to HAProxy's runtime API, and its answer.

https://docs.haproxy.org/2.6/management.html#9.3
"""

import csv
import socket
from pathlib import Path


def tell(api: str | Path | tuple[str, int], command: str) -> str:
    """
    Send one command to `api`, a Unix socket or a host and a port; return what it answers.
    """
    family, address = (
        (socket.AF_INET, api) if isinstance(api, tuple) else (socket.AF_UNIX, str(api))
    )
    with socket.socket(family) as connection:
        connection.connect(address)
        connection.sendall(f"{command}\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def servers(api: str | Path | tuple[str, int]) -> dict[str, dict[str, str]]:
    """
    Of each server of the shop: what `show stat` says, such as its status and its sessions.
    """
    rows = csv.DictReader(tell(api, "show stat").removeprefix("# ").splitlines())
    return {row["svname"]: row for row in rows if row["pxname"] == "shop"}
