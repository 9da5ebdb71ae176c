"""
Processes: started, ready, signalled, waited for, ended.
"""

import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from workbench import Process, _process, start
from workbench.errors import (
    CannotStart,
    Died,
    NotReady,
    NotSeen,
    StillRunning,
    WorkbenchError,
)

pytestmark = pytest.mark.kept_with()

HERE = Path(__file__).parent
SERVE = f"uvicorn --app-dir '{HERE}' answers:app --port {{port}}"


def python(code: str) -> str:
    """
    The command that runs a piece of Python.
    """
    return f'python -c "{code}"'


def alive(pid: int) -> bool:
    """
    Whether a process is there and no zombie.
    """
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("ready", ["/", "port", "Uvicorn running on"])
def test_ready_means_ready(ready):
    """
    Whatever ready means, the first request after start() is answered.
    """
    with start(SERVE, ready=ready) as service:
        assert urlopen(service.url, timeout=10).status == 200


def test_one_line(capsys):
    """
    start() prints one line: name, command, address, pid, seconds.
    """
    with start(SERVE, ready="/", name="answers") as service:
        said = capsys.readouterr().out

        words = [f"▶ answers: {SERVE}", service.url, f"pid {service.pid}", "ready in ≈ "]
        assert said.startswith(" · ".join(words))
        assert said.count("\n") == 1


def test_block_ends_it():
    """
    Leaving the block ends the process by SIGTERM.
    """
    with start(SERVE, ready="/") as service:
        pid = service.pid

    assert service.returncode == -signal.SIGTERM
    assert not alive(pid)


def test_same_name_replaces():
    """
    Starting a name again ends the old process first.
    """
    old = start(SERVE, ready="/", name="twice")
    with start(SERVE, ready="/", name="twice") as new:
        assert not old.running
        assert new.running


def test_four_at_once():
    """
    Four copies started at the same moment get four ports and are all ready.
    """
    with ThreadPoolExecutor(4) as pool:
        copies = list(pool.map(lambda n: start(SERVE, ready="/", name=f"copy {n}"), range(4)))

    assert len({copy.port for copy in copies}) == 4
    assert [copy.stop() for copy in copies] == [-signal.SIGTERM] * 4


def test_dies_early():
    """
    A child that dies early is reported at once, with its exit code and its last words.
    """
    begin = time.monotonic()
    with pytest.raises(Died, match=r"(?s)ended with exit code 3.*alas, no disk"):
        start(
            python("import sys; print('alas, no disk'); sys.exit(3)") + " {port}",
            ready="/",
            timeout=60,
        )

    assert time.monotonic() - begin < 30


def test_never_ready():
    """
    A child that is never ready is reported with what was awaited and what it said, and ended.
    """
    expected = r"(?s)GET /status/503 answered 503.*request started"
    with pytest.raises(NotReady, match=expected) as e:
        start(SERVE, ready="/status/503", name="never", timeout=2)

    assert isinstance(e.value, TimeoutError)
    children = psutil.Process().children(recursive=True)
    assert not [child for child in children if "answers:app" in child.cmdline()]


def test_no_such_program():
    """
    A command that does not exist is named, with the places that were searched.
    """
    with pytest.raises(CannotStart, match=r"no program 'uvicron' on PATH; looked in "):
        start("uvicron app:app", ready=None)


def test_no_such_folder(tmp_path):
    """
    A folder that does not exist is named.
    """
    with pytest.raises(CannotStart, match=r"No such file or directory .*/nowhere"):
        start(python("pass"), ready=None, cwd=tmp_path / "nowhere")


def test_ready_needs_a_port():
    """
    Readiness by path or port is refused for a command without {port}.
    """
    with pytest.raises(CannotStart, match=r"ready='/' needs a \{port\} in the command"):
        start(python("input()"), ready="/")


def test_empty_command():
    """
    An empty command is refused.
    """
    with pytest.raises(CannotStart, match="empty"):
        start("", ready=None)


def test_much_output():
    """
    200,000 lines of output neither block the child nor lose its last line.
    """
    with start(
        python("for i in range(200_000): print('line', i, '.' * 50)"), ready=None
    ) as service:
        assert service.wait(60) == 0
        assert service.log[-1].text.startswith("line 199999 ")


def test_ignores_sigterm():
    """
    A child that ignores SIGTERM is killed after the time-out.
    """
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up'); time.sleep(60)"
    service = start(python(code), ready="up")

    assert service.stop(timeout=0.3) == -signal.SIGKILL


def test_children_are_ended():
    """
    stop() ends what the process started too, in its group or in a session of its own.
    """
    code = "import time, subprocess as s; c = ['sleep', '60']; a = s.Popen(c)"
    code += "; b = s.Popen(c, start_new_session=True)"
    code += "; print('pids', a.pid, b.pid); time.sleep(60)"
    service = start(python(code), ready="pids")
    pids = [int(word) for word in service.log[0].text.split()[1:]]
    assert all(alive(pid) for pid in pids)

    service.stop()

    assert not any(alive(pid) for pid in pids)


def test_orphans_are_ended():
    """
    stop() after the process has ended still ends the children that it left.
    """
    code = "import subprocess as s; print('pid', s.Popen(['sleep', '60']).pid)"
    service = start(python(code), ready="pid")
    pid = int(service.log[0].text.split()[1])
    service.wait()
    assert alive(pid)

    service.stop()

    assert not alive(pid)


def test_signals_are_default():
    """
    A child does not inherit "ignore this signal" from whoever started us with nohup or &.
    """
    code = """
import signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from workbench import start
child = start("sh -c 'kill -HUP $$; echo survived'", ready=None)
child.wait()
print(child)
"""
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    ).stdout

    assert "ended by SIGHUP" in said


def test_clean_environment(monkeypatch):
    """
    What pytest and Jupyter set does not reach a child; what is asked for does.
    """
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    names = "'PYTEST_CURRENT_TEST', 'JPY_PARENT_PID', 'FORCE_COLOR', 'ASKED'"
    code = f"import os; print([n for n in ({names}) if n in os.environ])"
    with start(python(code), ready=None, env={"ASKED": "yes"}) as service:
        service.wait()

        assert service.log[0].text == "['ASKED']"


def test_wait_too_short():
    """
    wait() says that the process still runs, and leaves it alone.
    """
    with start(SERVE, ready="/", name="long") as service:
        with pytest.raises(StillRunning, match=r"long still runs after 0\.1 s"):
            service.wait(0.1)

        assert service.running


def test_wait_log_counts():
    """
    wait_log() returns once a pattern was seen as often as asked, with its lines.
    """
    with start(SERVE, ready="port") as service:
        for n in range(3):
            urlopen(f"{service.url}/{n}", timeout=10)

        lines = service.wait_log(r"request started: /\d", times=3)

        assert [line.text[-1] for line in lines] == ["0", "1", "2"]
        assert lines[0].seconds <= lines[2].seconds


def test_wait_log_in_vain():
    """
    wait_log() says what it waited for, how much of it came, and what the log said last.
    """
    with start(SERVE, ready="/hello") as service:
        with pytest.raises(NotSeen, match=r"(?s)2 × 'started: /hello', seen: 1.*last words"):
            service.wait_log("started: /hello", times=2, timeout=0.3)


def test_wait_log_of_the_dead():
    """
    wait_log() does not wait for a process that has ended.
    """
    service = start(python("print('bye')"), ready=None, name="short")
    with pytest.raises(Died, match="short ended with exit code 0; awaited"):
        service.wait_log("hello", timeout=30)
    service.stop()


@pytest.mark.parametrize(
    ("seconds", "kind", "says"),
    [(60, NotSeen, "quiet runs, but after 0.5 s"), (0.2, Died, "quiet ended with exit code 0")],
)
def test_wait_log_of_who_says_no_more(seconds, kind, says):
    """
    wait_log() goes on waiting for a process that has closed its log, as long as it runs.
    """
    code = f"import os, time; os.close(1); os.close(2); time.sleep({seconds})"
    with start(python(code), ready=None, name="quiet") as service:
        service._reader.join(30)
        with pytest.raises(kind, match=says):
            service.wait_log("hello", timeout=0.5 if kind is NotSeen else 30)


def test_send_to_the_dead():
    """
    send() refuses unknown signals, and processes that have ended.
    """
    service = start(python("pass"), ready=None, name="short")
    with pytest.raises(WorkbenchError, match="no signal 'TERM'"):
        service.send("TERM")
    service.wait()
    with pytest.raises(WorkbenchError, match="SIGTERM cannot be sent: short has ended with"):
        service.send("SIGTERM")
    service.stop()


def test_no_address():
    """
    A process without {port} says that it has no address.
    """
    with start(python("input()"), ready=None) as service:
        with pytest.raises(WorkbenchError, match="has no address"):
            _ = service.url


def test_repr():
    """
    A repr is one line: name, pid, address, state.
    """
    with start(SERVE, ready="/", name="answers") as service:
        assert repr(service) == (f"<Process 'answers' pid={service.pid} {service.url} running>")

    assert repr(service).endswith("ended by SIGTERM>")


def test_tail():
    """
    tail() gives the last lines, marked as measured, or the last of those that match.
    """
    with start(python("print('one'); print('two'); print('three')"), ready=None) as service:
        service.wait()

        assert [line.split()[-1] for line in service.tail(2).splitlines()] == ["two", "three"]
        assert service.tail(match="^t").count("\n") == 1
        assert service.tail().startswith("≈ ")


def test_port_taken(monkeypatch):
    """
    A port that somebody took in the meantime is replaced by another.
    """
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        free_port = _process.free_port
        ports = [other.getsockname()[1]]
        monkeypatch.setattr(
            _process, "free_port", lambda: ports.pop() if ports else free_port()
        )

        with start(SERVE, ready="/") as service:
            assert urlopen(service.url, timeout=10).status == 200


def test_ports_are_distinct():
    """
    Two processes that ask for 200 free ports each never get the same one.
    """
    code = "from workbench._spawn import free_port as p; print(*[p() for _ in range(200)])"
    asking = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ports = [port for one in asking for port in one.communicate(timeout=60)[0].split()]

    assert len(ports) == len(set(ports)) == 400


def test_threads_may_start():
    """
    A process outlives the thread that started it.
    """
    with ThreadPoolExecutor(1) as pool:
        service = pool.submit(start, SERVE, ready="/").result()

    assert isinstance(service, Process)
    assert urlopen(service.url, timeout=10).status == 200
    service.stop()
