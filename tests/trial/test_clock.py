"""
A trial's time: no wait goes beyond it, and what it has cut short is no finding.
"""

import socket
from pathlib import Path

import pytest

from workbench.trial import Options, Request
from workbench.trial.client import Client
from workbench.trial.clock import ENDING, Clock, NotTried


def soon() -> Clock:
    """
    One whose time is over in a moment.
    """
    return Clock(ENDING + 0.3)


def most(**said: object) -> float:
    return Options(command=("serve", "{port}"), folder=Path("/srv/shop"), **said).most


def test_what_a_trial_may_take() -> None:
    """
    Two minutes without an upstream, unless it is said.
    """
    stock = {"STOCK": "http://127.0.0.1:1"}

    assert most() == 120
    assert most(upstreams=stock) > 120
    assert most(upstreams=stock, limit=30.0) == 30


def test_a_wait_is_cut_short() -> None:
    """
    What did not come before the time was over was not tried; what came, and what did not come
    in its own time, is told.
    """
    assert Clock(60).wait_until(lambda: True, 9)
    assert not Clock(60).wait_until(lambda: False, 0.1)
    with pytest.raises(NotTried, match=r"no time was left of 5\.3 s; --limit"):
        soon().wait_until(lambda: False, 9)


def test_what_needs_more_is_not_begun() -> None:
    """
    An attack begins only if there is time for it.
    """
    soon().need(0.1)
    with pytest.raises(NotTried):
        soon().need(1)


def test_a_request_is_cut_short() -> None:
    """
    Who has no answer when the time is over is not said to have waited in vain.
    """
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]

        with pytest.raises(NotTried):
            Client(soon()).ask(port, Request("GET", "/"), 9)
