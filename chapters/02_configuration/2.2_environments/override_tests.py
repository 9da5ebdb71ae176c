"""
Four ways to give a test its own settings, tried on both of the app's ways to get them.
"""

import greets
import pytest
from fastapi.testclient import TestClient


def set_variable(monkeypatch):
    monkeypatch.setenv("SHOP", "the test's")


def set_variable_and_clear_cache(monkeypatch):
    monkeypatch.setenv("SHOP", "the test's")
    greets.get_settings.cache_clear()


def override_dependency(monkeypatch):
    test_settings = greets.Settings(shop="the test's")
    monkeypatch.setitem(
        greets.app.dependency_overrides, greets.get_settings, lambda: test_settings
    )


def replace_function(monkeypatch):
    test_settings = greets.Settings(shop="the test's")
    monkeypatch.setattr(greets, "get_settings", lambda: test_settings)


WAYS = [set_variable, set_variable_and_clear_cache, override_dependency, replace_function]


@pytest.fixture(autouse=True)
def fresh_cache():
    greets.get_settings.cache_clear()


@pytest.mark.parametrize("path", ["/depends", "/calls"])
@pytest.mark.parametrize("override", WAYS, ids=lambda way: way.__name__)
def test_override(override, path, monkeypatch):
    client = TestClient(greets.app)
    client.get(path)  # some other test was here before
    override(monkeypatch)
    assert client.get(path).json() == "the test's"
