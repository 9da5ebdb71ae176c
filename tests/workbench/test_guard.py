"""
Nothing is left behind, whatever way a kernel ends; and an interrupt ends nothing.

Each test starts a real kernel, lets it start a server and a folder, does one thing to it, and
looks at what is left.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

from workbench import wait_until
from workbench.sidecars import guard

pytestmark = pytest.mark.kept_with("tools/notebooks")

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SETUP = f"""
from workbench import proxy, scratch, start, traffic
service = start("uvicorn --app-dir '{HERE}' answers:app --port {{port}}", ready="/")
stubborn = start("sh -c 'trap \\"\\" TERM; echo up; while :; do sleep 1; done'", ready="up")
code = "import subprocess as s; p = s.Popen(['sleep', '60'], start_new_session=True)"
code += "; print('pid', p.pid)"
stray = int(start(f'python -c "{{code}}"', ready="pid").log[0].text.split()[1])
proxied = proxy(service.url)
load = traffic(proxied.url, rate=5).__enter__()
from workbench._spawn import _guard
pids = service.pid, stubborn.pid, proxied._tool.pid, load._generator.pid, _guard.pid, stray
print(*pids, scratch("left"))
"""


def alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def run(client, code):
    """
    Run a cell; return what it printed.
    """
    said = []

    def hear(message):
        if message["msg_type"] == "stream":
            said.append(message["content"]["text"])

    reply = client.execute_interactive(code, output_hook=hear, timeout=60)
    deadline = time.monotonic() + 10
    while reply["content"]["status"] == "aborted" and time.monotonic() < deadline:
        # What comes right after an interrupt is aborted unread, as in JupyterLab.
        reply = client.execute_interactive(code, output_hook=hear, timeout=60)
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(said)


class Started:
    """
    What a kernel started: processes that must go, and a folder.
    """

    def __init__(self, client):
        *pids, folder = run(client, SETUP).splitlines()[-1].split()
        self.pids = [int(pid) for pid in pids]
        self.folder = Path(folder)
        assert all(alive(pid) for pid in self.pids)
        assert self.folder.is_dir()

    def left(self):
        pids = []
        for pid in filter(alive, self.pids):
            with suppress(psutil.NoSuchProcess):  # it ends while it is looked at
                pids.append(" ".join(psutil.Process(pid).cmdline()))
        return pids + [str(self.folder)] * self.folder.exists()

    def gone(self):
        return not self.left()


@contextmanager
def kernel():
    manager = KernelManager()
    manager.start_kernel(env=os.environ | {"PYTHONPATH": str(ROOT)})
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    try:
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_interrupt_ends_nothing():
    """
    1. A cell that waits is interrupted.
    2. A second cell asks for the server's state.

    Result: the first cell ended early, the server still runs.
    """
    with kernel() as (manager, client):
        started = Started(client)
        client.execute("print('waiting', flush=True)\nservice.wait(60)")
        while "waiting" not in client.get_iopub_msg(timeout=30)["content"].get("text", ""):
            pass
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=30)["content"]
        assert reply.get("ename") == "KeyboardInterrupt", reply

        assert run(client, "print(service.running)") == "True\n"
        assert alive(started.pids[0])
    assert wait_until(started.gone, 15)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda m: m.restart_kernel(), id="restart"),
        pytest.param(lambda m: m.restart_kernel(now=True), id="restart now"),
        pytest.param(lambda m: m.shutdown_kernel(), id="shut down"),
        pytest.param(lambda m: m.shutdown_kernel(now=True), id="end of nbval"),
        pytest.param(lambda m: m.signal_kernel(signal.SIGKILL), id="SIGKILL"),
        pytest.param(lambda m: m.signal_kernel(signal.SIGTERM), id="SIGTERM"),
    ],
)
def test_nothing_outlives_the_kernel(end):
    """
    However a kernel ends, its processes end and its folders go, the stubborn ones too.
    """
    with kernel() as (manager, client):
        started = Started(client)
        end(manager)

        assert wait_until(started.gone, 15), started.left()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_nothing_outlives_jupyter(signum, tmp_path):
    """
    When the Jupyter server is ended or killed, or its terminal closed, nothing is left.
    """
    env = os.environ | {
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "JUPYTER_TOKEN": "secret",
    }
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", *options],
        env=env,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        runtime = tmp_path / "runtime"
        assert wait_until(lambda: _whole(runtime, "jpserver-*.json"), 60)
        info = _whole(runtime, "jpserver-*.json")
        kernel = urllib.request.Request(
            f"{info['url']}api/kernels", b"{}", {"Authorization": "token secret"}
        )
        assert wait_until(lambda: _answers(info["url"]), 30)
        with urllib.request.urlopen(kernel, timeout=30) as reply:
            kernel_id = json.load(reply)["id"]
        client = BlockingKernelClient(connection_file=str(runtime / f"kernel-{kernel_id}.json"))
        client.load_connection_file()
        client.start_channels()
        assert wait_until(lambda: _is_ready(client), 60)
        started = Started(client)
        client.stop_channels()

        if signum == signal.SIGHUP:
            os.killpg(server.pid, signum)
        else:
            server.send_signal(signum)

        assert wait_until(started.gone, 15), started.left()
    finally:
        server.kill()
        server.wait()


def _whole(folder, pattern):
    """
    What a JSON file says, once there is one and its writer has come to its end.
    """
    try:
        return json.loads(next(folder.glob(pattern)).read_text())
    except (StopIteration, ValueError):
        return None


def _is_ready(client):
    """
    Whether the kernel answers; a heart that is late for a second counts as dead, and is not.
    """
    try:
        client.wait_for_ready(timeout=60)
    except RuntimeError:
        return False
    return True


def _answers(url):
    try:
        urllib.request.urlopen(f"{url}api", timeout=2)
    except OSError:
        return False
    return True


def test_a_fork_holds_the_pipe():
    """
    1. A kernel starts a server, then forks; the fork holds the guard's pipe open.
    2. The kernel is killed.

    Result: the server ends all the same.
    """
    with kernel() as (manager, client):
        started = Started(client)
        fork = "fork = os.fork()\nif not fork:\n    os.setsid(); time.sleep(60)"
        fork_pid = run(client, f"import os, time\n{fork}\nprint(fork)")
        manager.signal_kernel(signal.SIGKILL)

        assert wait_until(started.gone, 15), started.left()
        os.kill(int(fork_pid), signal.SIGKILL)


def test_a_killed_guard_is_replaced():
    """
    1. The guard is killed.
    2. Another process is started.
    3. The kernel is killed.

    Result: everything ends, what was started before too.
    """
    with kernel() as (manager, client):
        started = Started(client)
        os.kill(started.pids[4], signal.SIGKILL)
        assert wait_until(lambda: not alive(started.pids[4]), 15)
        run(client, "start('sleep 60', ready=None)")
        manager.signal_kernel(signal.SIGKILL)

        assert wait_until(started.gone, 15), started.left()


def reaped(command, **options):
    """
    A process that is reaped as soon as it ends, as an orphan is.
    """
    child = subprocess.Popen(
        ["sh", "-c", command], stdout=subprocess.PIPE, start_new_session=True, **options
    )
    assert child.stdout.readline() == b"up\n"
    threading.Thread(target=child.wait, daemon=True).start()
    return child


def test_the_guard_lets_a_process_end_by_itself():
    """
    1. A process takes half a second to tidy up when it gets SIGTERM.
    2. The guard ends it.

    Result: it ended by itself; SIGKILL came after the grace period only.
    """
    code = "trap 'sleep 0.5; exit 7' TERM; echo up; while :; do sleep 0.05; done"
    with reaped(code) as child:
        guard.end_all({child.pid}, "nobody")

        assert child.wait(30) == 7


def test_the_guard_waits_no_longer_than_it_must(monkeypatch):
    """
    Where all have ended the guard does not wait for the end of the grace period.
    """
    monkeypatch.setattr(guard, "GRACE", 60)
    with reaped("echo up; exec sleep 60") as child:
        began = time.monotonic()
        guard.end_all({child.pid}, "nobody")

        assert time.monotonic() - began < 30
        assert child.wait(30) == -signal.SIGTERM


def test_a_folder_that_is_gone_keeps_no_other(tmp_path):
    """
    1. Of the folders that are registered most were removed by somebody else.
    2. The owner lets go of the guard's pipe.

    Result: the one that is there is removed, and the guard has nothing to complain of.
    """
    (tmp_path / "here" / "below").mkdir(parents=True)
    command = [sys.executable, "-I", guard.__file__, str(os.getpid()), "nobody"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        folders = [tmp_path / "here", *(tmp_path / f"gone-{number}" for number in range(9))]
        _, said = process.communicate(b"".join(b"+folder %b\n" % bytes(f) for f in folders), 60)

    assert (process.returncode, said) == (0, b"")
    assert not (tmp_path / "here").exists()
