"""
3.4 meets the Vault that is named, or the stand-in, and both answer its questions alike.
"""

import shutil
from collections.abc import Iterator

import hvac
import pytest

from stand_ins.vault_server import TOKEN, vault_server
from workbench import start
from workbench.errors import CannotStart

pytestmark = pytest.mark.kept_with("stand_ins", programs=("bao",))

STAND_IN = "python -m stand_ins.vault {port}"
OPENBAO = (
    "bao server -dev -dev-root-token-id=course -dev-no-store-token"
    " -dev-listen-address=127.0.0.1:{port}"
)


@pytest.fixture(autouse=True)
def not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSE_VAULT_ADDR", raising=False)
    monkeypatch.setenv("COURSE_VAULT_TOKEN", "course")


@pytest.fixture(params=["stand-in", "OpenBao"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "stand-in":
        server = start(STAND_IN, ready="listening")
    elif shutil.which("bao"):
        server = start(OPENBAO, ready="/v1/sys/health")
    else:
        pytest.skip("there is no bao")
    with server:
        yield server.url


def test_named(address: str, monkeypatch, capsys) -> None:
    """
    Two runs on a server that others use don't meet, and leave nothing there.
    """
    monkeypatch.setenv("COURSE_VAULT_ADDR", address)
    met = [vault_server() for _ in range(2)]
    assert capsys.readouterr().out.count(f" · {address}\n") == 2

    for server in met:
        kv, path = server.kv, server.path
        for number, word in enumerate(("first", "second")):
            kv.create_or_update_secret(path, secret={"key": word}, cas=number)
        with pytest.raises(hvac.exceptions.InvalidRequest) as refused:
            kv.create_or_update_secret(path, secret={"key": "third"}, cas=1)
        assert refused.value.errors == [
            "check-and-set parameter did not match the current version"
        ]
        old = kv.read_secret_version(path, version=1, raise_on_deleted_version=True)
        assert old["data"]["data"] == {"key": "first"}

    for server in met:
        server.stop()
        server.stop()
        with pytest.raises(hvac.exceptions.InvalidPath):
            server.kv.read_secret_version(server.path, raise_on_deleted_version=True)


@pytest.mark.parametrize("named", [None, ""])
def test_not_named(monkeypatch, capsys, named: str | None) -> None:
    """
    Without an address, or with an empty one as in the classroom, the stand-in is started.
    """
    if named is not None:
        monkeypatch.setenv("COURSE_VAULT_ADDR", named)

    server = vault_server()
    server.stop()

    assert not server.process.running
    assert capsys.readouterr().out.startswith("▶ Vault ⚙ a stand-in for it · http://127.0.0.1:")


def test_no_answer(monkeypatch) -> None:
    """
    An address at which nothing answers is said, with what to do.
    """
    monkeypatch.setenv("COURSE_VAULT_ADDR", "http://127.0.0.1:9")

    with pytest.raises(CannotStart, match=r"(?s)VAULT_ADDR names http://127.0.0.1:9.+unset"):
        vault_server()


def test_wrong_token(address: str, monkeypatch) -> None:
    """
    A token that opens nothing is seen when the server is met.
    """
    monkeypatch.setenv("COURSE_VAULT_ADDR", address)
    monkeypatch.setenv("COURSE_VAULT_TOKEN", "other")

    with pytest.raises(CannotStart, match="permission denied"):
        vault_server()


@pytest.mark.parametrize("named", [True, False])
def test_of_another_project(address: str, monkeypatch, tmp_path, named: bool) -> None:
    """
    An address and tokens in the shell, or in the home folder, are not the course's.
    """
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:9")
    monkeypatch.setenv("VAULT_TOKEN", "theirs")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".vault-token").write_text("theirs")
    monkeypatch.delenv("COURSE_VAULT_TOKEN")
    if named:
        monkeypatch.setenv("COURSE_VAULT_ADDR", address)

    server = vault_server()

    assert server.kv._adapter.token == TOKEN
    server.stop()
