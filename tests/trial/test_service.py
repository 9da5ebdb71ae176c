"""
The service on trial: its folder, its command, and whom it talks to.
"""

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from workbench import _process as process_module
from workbench.trial import Options, Refused, put_on_trial
from workbench.trial import service as service_module
from workbench.trial.clock import NotTried
from workbench.trial.service import Bench

COMMAND = ("sh", "-c", "echo here; exec sleep 60", "{port}")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """
    A folder as projects are: code, an environment, a history, and a socket that was left.
    """
    for name in ("shop/app.py", "shop/.venv/bin/python", "shop/.git/HEAD", "shop/data/items"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name, encoding="utf-8")
    (tmp_path / "shop" / "link").symlink_to("app.py")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "shop" / "s"))
    return tmp_path / "shop"


def bench(folder: Path, *, here: bool = False, command: tuple[str, ...] = COMMAND) -> Bench:
    return Bench(Options(command=command, folder=folder, here=here), dict(os.environ))


def test_a_copy_has_what_is_the_projects_own(project: Path) -> None:
    """
    Code, data and links are copied; an environment, a history and a socket are not.
    """
    with bench(project).folder() as copy:
        names = {str(path.relative_to(copy)) for path in copy.rglob("*")}

        assert names == {"app.py", "data", "data/items", "link"}
        assert (copy / "link").is_symlink()
    assert not copy.exists()


def test_each_attack_has_its_own(project: Path) -> None:
    """
    What one attack leaves in its folder, the next does not find, nor does the reader.
    """
    trial = bench(project)
    with trial.folder() as first:
        (first / "a.lock").touch()
    with trial.folder() as second:
        assert not (second / "a.lock").exists()
    assert not (project / "a.lock").exists()


def test_here_is_here(project: Path) -> None:
    """
    With --here there is no copy.
    """
    with bench(project, here=True).folder() as folder:
        assert folder == project


def test_a_folder_that_is_too_large(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A folder that is no project is refused, unless the service shall run in it.
    """
    monkeypatch.setattr(service_module, "MOST_COPIED", 10)

    bench(project, here=True)
    with pytest.raises(Refused, match="--here"):
        bench(project)


def test_a_program_that_is_not_copied(project: Path) -> None:
    """
    `.venv/bin/python`, as it is typed in the folder, is the one there.
    """
    typed = (".venv/bin/python", "app.py", "{port}")

    assert bench(project, command=typed).command[0] == str(project / ".venv/bin/python")
    assert bench(project, command=("app.py", "{port}")).command[0] == "app.py"


def test_another_machine_is_seen(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A connection that leads to another machine is named; those to this one are not.
    """
    trial = bench(project)
    ends = ("127.0.0.1", "127.0.1.1", "::1", "::ffff:127.0.0.1", "192.0.2.7")
    links = [SimpleNamespace(raddr=SimpleNamespace(ip=ip, port=5432)) for ip in ends]
    monkeypatch.setattr(service_module, "_links", lambda _process: links)

    with trial.folder() as folder, trial.started(folder) as service:
        assert service.talks_to() == {"192.0.2.7:5432"}


@contextmanager
def stranger(told: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """
    Who listens already, and on which port.
    """
    command = [sys.executable, str(Path(__file__).with_name("stranger.py")), str(told)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (f"{sys.executable} -m http.server {{port}} --bind 127.0.0.1", "ended before"),
        ("sh -c 'exec sleep 60' {port}", "was not ready in time"),
    ],
)
def test_a_stranger_on_the_port(
    command: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Whoever else listens on the port gets no signal, and nothing is asked of them; the page says
    that they are there.
    """
    told = tmp_path / "told"
    (tmp_path / "shop").mkdir()
    with stranger(told) as (process, port):
        monkeypatch.setattr(process_module, "free_port", lambda: port)
        monkeypatch.setattr(service_module, "STARTS", 1)
        options = Options(
            command=tuple(shlex.split(command)), folder=tmp_path / "shop", ready="/"
        )

        with pytest.raises(NotTried, match=says) as refusal:
            put_on_trial(options, dict(os.environ), print)

        assert "its port is another's, which is left alone" in str(refusal.value)
        assert process.poll() is None
        assert not told.exists()
