"""
What a trial refuses before anything is started, and how it is told.
"""

from pathlib import Path
from typing import Any

import pytest

from workbench.trial import Options, Refused, Request

COMMAND = ("uvicorn", "mine:app", "--port", "{port}")


def options(**changed: Any) -> Options:
    return Options(**{"command": COMMAND, "folder": Path("/srv/shop"), **changed})


def test_what_it_may_do() -> None:
    """
    What is harmless, and what is said to be wanted, is not refused.
    """
    options().refuse({})
    options(requests=(Request("POST", "/orders"),), writes=True).refuse({})
    options(upstreams={"STOCK": "http://127.0.0.1:8000/v1"}, settings=("STOCK",)).refuse({})
    options(settings=("API_KEY",)).refuse({"API_KEY": "k"})


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"command": ("uvicorn", "mine:app")}, r"no \{port\}"),
        ({"command": ("docker", "run", "-p", "{port}:80", "shop")}, "runs inside"),
        ({"command": ("/usr/bin/sudo", "uvicorn", "{port}")}, "runs inside"),
        ({"requests": (Request("POST", "/orders"),)}, "--writes"),
        ({"requests": (Request("GET", "/"), Request("DELETE", "/orders/7"))}, "--writes"),
        ({"upstreams": {"STOCK": "https://stock.example.org:443"}}, "not on this machine"),
        ({"upstreams": {"STOCK": "http://127.0.0.1"}}, "not on this machine"),
        ({"upstreams": {"STOCK": "http://127.0.0.1.example.org:80"}}, "not on this machine"),
        ({"settings": ("API_KEY",)}, "not set here"),
        ({"grace": 0.0}, "--grace 0 is out of bounds"),
        ({"limit": 1e9}, "--limit"),
        ({"at_once": 1000}, "--at-once 1000"),
    ],
)
def test_what_it_refuses(changed: dict[str, Any], says: str) -> None:
    """
    What would do harm, or could say nothing, is refused, with what to change.
    """
    with pytest.raises(Refused, match=says):
        options(**changed).refuse({})


@pytest.mark.parametrize("text", ["/quote", "GET", "GET quote", "", "G3T /"])
def test_no_request(text: str) -> None:
    """
    What is no request is named, with how to write one.
    """
    with pytest.raises(Refused, match="'GET /path'"):
        Request.read(text)


def test_a_request() -> None:
    """
    A method in any case, a path, and all that is behind it, the body.
    """
    assert Request.read("get /quote?x=1") == Request("GET", "/quote?x=1")
    assert Request.read('POST /orders {"item": 7}') == Request("POST", "/orders", '{"item": 7}')
