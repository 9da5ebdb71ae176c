"""
What the course removes is what it has made: whatever lies beside it stays.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from stand_ins import pipeline
from tools import ROOT
from tools.notebooks.surroundings import Surroundings
from workbench import scratch, wait_until
from workbench._scratch import discard
from workbench.sidecars.guard import RUN_MARK

PRECIOUS = "not the course's"


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """
    A folder with a file in it, both somebody's.
    """
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "file").write_text(PRECIOUS)
    return folder


def is_whole(folder: Path) -> bool:
    return (folder / "file").read_text() == PRECIOUS


def test_a_link_in_a_scratch_folder(theirs: Path) -> None:
    """
    A link in a temporary folder goes with it, and not what it leads to.
    """
    folder = scratch("with a link")
    (folder / "link").symlink_to(theirs)

    discard("with a link")

    assert not folder.exists()
    assert is_whole(theirs)


def test_a_link_in_the_folder_of_a_killed_kernel(theirs: Path) -> None:
    """
    So it is when the guard removes the folder of an owner that was killed.
    """
    code = "import sys; from workbench import scratch; f = scratch('left')\n"
    code += "(f / 'link').symlink_to(sys.argv[1]); print(f, flush=True); input()"
    owner = subprocess.Popen(
        [sys.executable, "-c", code, str(theirs)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    folder = Path(owner.stdout.readline().strip())
    owner.kill()
    owner.communicate()

    assert wait_until(lambda: not folder.exists(), 15)
    assert is_whole(theirs)


def test_what_a_kernel_left_is_told_from_others() -> None:
    """
    After a notebook's test, a process without that kernel's mark runs on.
    """
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    surroundings = Surroundings()
    ours = subprocess.Popen(command, env=surroundings.env)
    other = subprocess.Popen(command, env=os.environ | {RUN_MARK: "another"})
    try:
        for process in (ours, other):
            wait_until(
                lambda pid=process.pid: "sleep" in " ".join(psutil.Process(pid).cmdline()), 5
            )
        (named,) = surroundings.clear()

        assert f"process {ours.pid}:" in named
        assert ours.wait(5) == -9
        assert other.poll() is None
    finally:
        for process in (ours, other):
            process.kill()
            process.wait()


def test_make_clean(tmp_path: Path) -> None:
    """
    It leaves answers, what was handed in, edits that are not saved, and somebody's .venv.
    """
    shutil.copy(ROOT / "Makefile", tmp_path)
    kept = [
        *("work/drain/service.py", "work/__pycache__/x", "work/.ipynb_checkpoints/x.ipynb"),
        *("submissions/ada/1.json", ".edit/chapters/00.py", ".venv/bin/python"),
    ]
    gone = [".jupyter/x", ".hub/x", "chapters/__pycache__/x", "hub/node_modules/x"]
    for name in (*kept, *gone):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(PRECIOUS)

    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)

    assert [name for name in (*kept, *gone) if (tmp_path / name).exists()] == kept


def test_make_clean_removes_our_environment(tmp_path: Path) -> None:
    """
    A .venv with the log of its installation is the course's.
    """
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "install.log").touch()

    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)

    assert not (tmp_path / ".venv").exists()


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """
    A folder for PATH whose `docker` only writes down how it was called.
    """
    programs = tmp_path / "bin"
    programs.mkdir()
    docker = programs / "docker"
    docker.write_text(f'#!/bin/sh\necho "${{COMPOSE_FILE-}} $*" >> "{tmp_path}/calls"\n')
    docker.chmod(0o755)
    return programs


def calls(engine: Path) -> list[str]:
    return (engine.parent / "calls").read_text().splitlines()


def run(engine: Path, *command: str, **variables: str) -> None:
    path = f"{engine}{os.pathsep}{os.environ['PATH']}"
    env = os.environ | {"PATH": path} | variables
    subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, timeout=60)


def test_make_down_in_a_shell_of_another_project(engine: Path) -> None:
    """
    The compose file that a shell names for another project is not ended; no volume goes.
    """
    run(engine, "make", "down", COMPOSE_FILE="theirs.yml")

    *before, down = calls(engine)
    assert down == " compose --profile * down"  # in front stands what COMPOSE_FILE said
    assert before == [" compose version", " info"]  # is there an engine?


def test_the_volumes_of_a_demonstration(engine: Path) -> None:
    """
    A shell's project of another name is not ended: a demonstration ends its own.
    """
    theirs = {"COMPOSE_FILE": "theirs.yml", "COMPOSE_PROJECT_NAME": "theirs"}
    run(engine, sys.executable, "-m", "demos.secret_deliveries", **theirs)
    (down,) = (call for call in calls(engine) if " down" in call)

    beside = ROOT / "demos" / "secret_deliveries" / "compose.yaml"
    assert down == f" compose --file {beside} --profile * down --volumes"


def test_the_pipeline_in_a_git_hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where GIT_DIR names somebody's repository, a pipeline commits to its own all the same.
    """
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    for repository in (theirs, ours):
        repository.mkdir()
    pipeline.git(theirs, "init", "--quiet")
    pipeline.commit(theirs, "theirs", {})

    with monkeypatch.context() as hook:
        hook.setenv("GIT_DIR", str(theirs / ".git"))
        pipeline.git(ours, "init", "--quiet")
        pipeline.commit(ours, "ours", {"file": PRECIOUS})

    assert pipeline.git(theirs, "log", "--format=%s") == "theirs"
    assert pipeline.git(ours, "log", "--format=%s") == "ours"
