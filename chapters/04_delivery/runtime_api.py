"""
Speak with HAProxy's runtime API. (https://docs.haproxy.org/2.6/management.html#9.3)
"""

import csv
import socket


def tell(api, command):
    """
    Send one command to the socket `api`; return what it answers.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(api))
        connection.sendall(f"{command}\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def servers(api):
    """
    Of each server of the shop: what `show stat` says, such as its status and its sessions.
    """
    rows = csv.DictReader(tell(api, "show stat").removeprefix("# ").splitlines())
    return {row["svname"]: row for row in rows if row["pxname"] == "shop"}
