"""
`tools/environment` and the Makefile, tried on a copy of their own with a PATH of their own.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools import ROOT

pytestmark = pytest.mark.kept_with(
    "tools", "Makefile", "pyproject.toml", ".ci/run", "requirements.in", programs=("uv",)
)

TOOLS = ("cat", "cksum", "cmp", "cut", "dirname", "grep", "mkdir", "rm", "sed", "sh", "tail")

Environment = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """
    What the script reads, in a folder with a space in its name, with a lock of one package.
    """
    checkout = tmp_path / "my checkout"
    (checkout / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "tools" / "environment", checkout / "tools")
    shutil.copy(ROOT / "pyproject.toml", checkout)
    (checkout / "requirements.txt").write_text(f"nothing==1 --hash=sha256:{'0' * 64}\n")
    return checkout


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """
    The only folder on PATH: what a POSIX system has, and this Python as python3; no uv.
    """
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, f"{tool} is not on PATH"
        (programs / tool).symlink_to(found)
    write(programs / "python3", f'exec "{sys.base_prefix}/bin/python3" "$@"')
    return programs


@pytest.fixture
def environment(checkout: Path, programs: Path) -> Environment:
    """
    Runs the script in the checkout, or in the folder given, with more variables if given.
    """

    def run(folder: Path = checkout, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["tools/environment"],
            cwd=folder,
            env=variables_with(programs, **variables),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def uv_calls(programs: Path, tmp_path: Path) -> Callable[[], list[str]]:
    """
    Puts a uv on PATH that installs nothing; returns what it was asked for since the last look.
    """
    calls = tmp_path / "uv calls"
    write(programs / "uv", f'echo "$*" >> "{calls}"')

    def look() -> list[str]:
        lines = calls.read_text().splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return lines

    return look


def variables_with(programs: Path, **variables: str) -> dict[str, str]:
    return {"PATH": str(programs), "HOME": str(programs.parent), **variables}


def write(program: Path, body: str) -> None:
    program.unlink(missing_ok=True)
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


def test_the_environment_is_made_from_the_lock_and_then_left_alone(environment, uv_calls):
    """
    The first run installs the lock, by its hashes and with bytecode, then the workbench; the
    second does nothing and says nothing.
    """
    first = environment()

    lock, workbench = uv_calls()
    assert first.returncode == 0
    assert re.fullmatch(
        r"Making \.venv with Python 3\.\d+ and uv: there is none yet\.\n", first.stdout
    )
    assert "--require-hashes --compile-bytecode -r requirements.txt" in lock
    assert "--no-deps --no-build-isolation --editable ." in workbench

    second = environment()

    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert uv_calls() == []


def test_a_changed_lock_makes_the_environment_anew(environment, uv_calls, checkout):
    """
    What the old lock had installed is gone, and the reason is given.
    """
    environment()
    uv_calls()
    relic = checkout / ".venv" / "relic"
    relic.touch()
    with (checkout / "requirements.txt").open("a") as lock:
        lock.write("# changed\n")

    again = environment()

    assert "requirements.txt has changed" in again.stdout
    assert len(uv_calls()) == 2
    assert not relic.exists()


def test_a_changed_pyproject_only_installs_the_workbench_again(environment, uv_calls, checkout):
    """
    A new version or plugin of the workbench does not cost the reader the whole installation.
    """
    environment()
    uv_calls()
    with (checkout / "pyproject.toml").open("a") as metadata:
        metadata.write("# changed\n")

    again = environment()

    (workbench,) = uv_calls()
    assert again.stdout == ""
    assert "--editable ." in workbench


def test_a_program_that_an_update_brings_is_installed_without_a_network(
    environment, uv_calls, checkout, programs
):
    """
    1. There is an environment of a version that had no `course`.
    2. An update brings it; no index can be reached.

    Result: the next run installs it, with what the environment has, and it runs.
    """
    metadata = checkout / "pyproject.toml"
    new = metadata.read_text()
    metadata.write_text(new.replace("[project.scripts]", "[tool.nothing]"))
    environment()
    (programs / "uv").unlink()
    python = checkout / ".venv" / "bin" / "python"
    subprocess.run(
        [python, "-m", "ensurepip", "--default-pip"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    (packages,) = (checkout / ".venv" / "lib").glob("python*/site-packages")
    (packages / "locked.pth").write_text(sysconfig.get_path("purelib"))  # the lock, installed
    shutil.copytree(ROOT / "workbench", checkout / "workbench")
    metadata.write_text(new)

    updated = environment(PIP_NO_INDEX="1")

    assert (updated.returncode, updated.stdout) == (0, ""), updated.stderr
    program = checkout / ".venv" / "bin" / "course"
    said = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
    assert said.stdout.startswith(f"usage: '{program}'")  # a space is in it


def test_an_environment_that_somebody_else_made_is_left_alone(environment, checkout, programs):
    """
    An editor's .venv, or a link, is named with what to do, and nothing in it changes.
    """
    theirs = checkout / ".venv"
    (theirs / "bin").mkdir(parents=True)
    python = shutil.copy(programs / "python3", theirs / "bin" / "python")

    first = environment()
    elsewhere = theirs.rename(checkout.parent / "theirs")
    (elsewhere / "made-of").write_text("something")
    (elsewhere / "install.log").touch()
    theirs.symlink_to(elsewhere)
    second = environment()

    for result in (first, second):
        assert result.returncode == 1
        assert "a .venv in" in result.stderr
        assert "that the course did not make.\nMove it away (mv .venv" in result.stderr
    assert python.exists()
    assert (elsewhere / "made-of").read_text() == "something"


def test_a_moved_checkout_makes_the_environment_anew(environment, uv_calls, checkout):
    """
    The scripts in .venv/bin name the old place: they would run the wrong Python, or none.
    """
    environment()
    uv_calls()
    moved = checkout.rename(checkout.with_name("moved"))

    again = environment(moved)

    assert f"this one was made in another place, {checkout.resolve()}" in again.stdout
    assert len(uv_calls()) == 2


def test_an_environment_whose_python_is_gone_is_made_anew(environment, uv_calls, checkout):
    """
    So it is after the system has replaced its Python by the next one.
    """
    environment()
    uv_calls()
    for python in (checkout / ".venv" / "bin").glob("python*"):
        python.unlink()

    again = environment()

    assert "the Python that it was made with is gone" in again.stdout
    assert len(uv_calls()) == 2


def test_without_the_uv_that_made_it_a_stale_environment_is_made_anew(
    environment, uv_calls, programs, checkout
):
    """
    uv puts no pip into the environment: without uv, nothing could be installed there.
    """
    environment()
    uv_calls()
    (programs / "uv").unlink()
    with (checkout / "pyproject.toml").open("a") as metadata:
        metadata.write("# changed\n")

    again = environment(PIP_NO_INDEX="1")

    assert "and pip: uv, which it was made with, is no longer on PATH" in again.stdout


@pytest.fixture
def stopped_installation(checkout, programs, tmp_path) -> Iterator[subprocess.Popen[str]]:
    """
    An installation that was told to stop while it was waiting for a package.
    """
    reached = tmp_path / "reached"
    os.mkfifo(reached)
    sleep = shutil.which("sleep")
    write(programs / "uv", f'echo $$ > "{reached}"; exec "{sleep}" 60')
    installation = subprocess.Popen(
        ["tools/environment"],
        cwd=checkout,
        env=variables_with(programs),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    uv = int(reached.read_text())  # opens when uv opens it
    installation.terminate()
    try:
        yield installation, uv
    finally:
        installation.kill()
        installation.communicate()


def test_a_stopped_installation_ends_its_installer_and_is_begun_anew(
    stopped_installation, environment, uv_calls
):
    """
    1. An installation is under way.
    2. It gets SIGTERM.

    Result: uv has ended with it, and the next run does not trust what is there.
    """
    installation, uv = stopped_installation
    _, said = installation.communicate(timeout=10)

    assert installation.returncode == 1
    assert "Stopped" in said
    with pytest.raises(ProcessLookupError):
        os.kill(uv, 0)
    assert "the one that is there is unfinished" in environment().stdout
    assert len(uv_calls()) == 2


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.10", "3.15"])
def test_a_wrong_python_is_named_with_what_to_do(environment, programs, checkout, version):
    """
    The script says what it found and what to do, and leaves what is there as it is.
    """
    write(programs / "python3", f"printf '{version} /opt/other'")

    result = environment()

    assert result.returncode == 1
    assert f"on PATH: python3 is {version} (in /opt/other)" in result.stderr
    assert "make lab PYTHON=" in result.stderr
    assert not (checkout / ".venv").exists()


def test_a_newer_python_is_found_beside_an_old_python3(environment, programs, uv_calls):
    """
    Where python3 is too old, the first of python3.14 to python3.11 is taken.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    (programs / "python3").rename(programs / f"python{version}")
    write(programs / "python3", "printf '3.9 /opt/other'")

    result = environment()

    assert f"Making .venv with Python {version}" in result.stdout
    assert len(uv_calls()) == 2


@pytest.mark.parametrize(
    ("named", "said"),
    [("python2", "is Python 2.7; the course needs"), ("nonsense", "is not a Python that runs")],
)
def test_a_named_python_is_never_replaced_by_another(environment, programs, named, said):
    """
    PYTHON is a decision: where it does not fit, the script stops.
    """
    write(programs / "python2", "printf '2.7 /opt/other'")

    result = environment(PYTHON=named)

    assert result.returncode == 1
    assert f"PYTHON={named} {said}" in result.stderr


def test_a_python_without_ensurepip_is_told_what_to_install(environment, programs):
    """
    So it is on Debian without python3-venv.
    """
    real = f"{sys.base_prefix}/bin/python3"
    write(
        programs / "no-ensurepip",
        f'[ "$2" = "import ensurepip" ] && exit 1; exec "{real}" "$@"',
    )
    # The script asks the Python under its own name for its path; this one answers with its own.
    write(
        programs / "python3",
        f'case "$3" in *_base_executable*) echo "{programs}/no-ensurepip" ;;'
        f' *) exec "{real}" "$@" ;; esac',
    )

    result = environment()

    assert result.returncode == 1
    assert "its module ensurepip is missing" in result.stderr
    assert "apt install python3-venv" in result.stderr


def test_without_a_network_pip_fails_with_a_sentence_about_it(environment):
    """
    The last lines of the real pip, and what to check; the next run begins anew.
    """
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "1"}

    result = environment(PIP_CONFIG_FILE=os.devnull, **nowhere)

    assert result.returncode == 1
    assert "  | ERROR: No matching distribution found for nothing==1" in result.stderr
    assert "The package index cannot be reached: check the network" in result.stderr
    assert "unfinished" in environment(PIP_CONFIG_FILE=os.devnull, **nowhere).stdout


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("error: Request failed: dns error: failed to lookup address", "cannot be reached"),
        ("error: No space left on device (os error 28)", "The disk is full"),
        ("error: Permission denied (os error 13)", "check who owns"),
        ("error: Hash mismatch for `nothing==1`", "serves altered files"),
        ("error: nothing was not found in the package registry", "it may be behind"),
        ("Resolved 144 packages and then something new", "All of its output is in"),
    ],
)
def test_what_uv_says_is_shown_and_explained(environment, programs, output, said):
    """
    The installer's own words first, then one sentence that says what to do.
    """
    write(programs / "uv", f"echo '{output}' >&2; exit 2")

    result = environment()

    assert result.returncode == 1
    assert result.stderr.startswith(f"  | {output}\n")
    assert said in result.stderr


def test_help_lists_every_verb():
    """
    `make` alone shows each target of the Makefile, with a word about it.
    """
    makefile = (ROOT / "Makefile").read_text()
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)

    listed = subprocess.run(
        ["make"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert re.findall(r"^make ([\w-]+) +\S", listed, flags=re.MULTILINE) == phony.split()


def test_every_verb_that_is_written_down_exists():
    """
    The documents, the workflow and CI's command name only verbs that the Makefile has.
    """
    makefile = (ROOT / "Makefile").read_text()
    verbs = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    documents = [
        *ROOT.glob("*.md"),
        *ROOT.glob(".github/workflows/*.yml"),
        ROOT / ".ci" / "run",
    ]

    named = {
        (verb, document.name)
        for document in documents
        for verb in re.findall(
            r"(?:^|`|run: |exec )make ([a-z]+)", document.read_text(), re.MULTILINE
        )
    }

    assert {verb for verb, _ in named} >= {"test", "environment"}
    assert {(verb, where) for verb, where in named if verb not in verbs} == set()


def test_the_lock_names_no_index():
    """
    The reader's own index is used, and each file is known by its hash.
    """
    lock = (ROOT / "requirements.txt").read_text()
    pins = re.findall(r"^\S+==", lock, flags=re.MULTILINE)

    assert "://" not in lock
    assert not re.search(r"^\s*-", lock.replace("    --hash=", ""), flags=re.MULTILINE)
    assert len(pins) > 100
    assert len(re.findall(r"^\S+==.*\\\n    --hash=sha256:", lock, flags=re.MULTILINE)) == len(
        pins
    )


def test_a_port_that_is_taken_is_refused_with_another_to_try():
    """
    PORT is a decision: where it is taken, `make lab` stops before JupyterLab takes another.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        result = subprocess.run(
            [sys.executable, "tools/lab.py"],
            cwd=ROOT,
            env={**os.environ, "PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )

    assert result.returncode == 1
    assert f"Port {port} is taken" in result.stderr
    assert "make lab PORT=" in result.stderr
