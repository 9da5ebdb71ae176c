"""
Without a network: once the environment is made, what runs workflows needs no way out.
"""

import shutil
import subprocess
import sys

import pytest

from tools import ROOT

pytestmark = pytest.mark.kept_with(
    "stand_ins",
    "chapters/04_delivery",
    "labs/04_delivery",
    "solutions/04_delivery",
    "tools/notebooks",
)

# Brings `lo` up, since a new namespace has it down and not every machine has `ip`; then runs
# the rest of the command line.
LOOPBACK_ONLY = """
import fcntl, os, socket, struct, sys
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
# Ends with what went wrong, if anything did. (A datagram needs a route, and no receiver.)
SURROUNDINGS = """
import errno, socket
socket.create_server(("127.0.0.1", 0)).close()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way_out:
    code = way_out.connect_ex(("192.0.2.1", 9))
assert code == errno.ENETUNREACH, errno.errorcode.get(code, code)
"""
UNSHARE = ["unshare", "--user", "--map-root-user", "--net"]


def offline(*arguments):
    """
    Run Python where there is no network interface but the loopback one.
    """
    return subprocess.run(
        [*UNSHARE, sys.executable, "-c", LOOPBACK_ONLY, *arguments],
        cwd=ROOT, check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _a_namespace_is_to_be_had():
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare on this machine")
    tried = subprocess.run([*UNSHARE, "true"], check=False, capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"this machine gives no network namespace: {tried.stderr.strip()}")


def test_there_is_no_way_out():
    """
    A command that runs offline can use the loopback interface, and has no route to anywhere.
    """
    asked = offline("-c", SURROUNDINGS)
    assert asked.returncode == 0, asked.stdout


@pytest.mark.parametrize("name", ["pipefail", "workflow"])
def test_checks_that_run_workflows(name):
    """
    A check that runs a workflow passes its solution offline.
    """
    solution = ROOT / "solutions" / "04_delivery" / name
    checked = offline("-m", "workbench", "check", name, "--attempt", str(solution))
    assert checked.returncode == 0, checked.stdout


@pytest.mark.timeout(300)  # the notebook takes half a minute
def test_notebook_that_runs_workflows():
    """
    Notebook 4.1 runs offline, and says what is stored.
    """
    notebook = "chapters/04_delivery/4.1_pipeline/4.1_pipeline.ipynb"
    tested = offline("-m", "tools.notebooks", "test", notebook)
    assert tested.returncode == 0, tested.stdout
