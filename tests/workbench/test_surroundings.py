"""
What is set around a reader reaches neither an experiment nor a verdict.
"""

import asyncio
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from jupyter_client.manager import start_new_kernel

from tools.notebooks import compare, form
from tools.notebooks.refresh import execute
from workbench._surroundings import KEPT, OURS, clean, for_children
from workbench.exercises.exercise import COURSE, find

pytestmark = pytest.mark.kept_with(
    "tools/notebooks",
    "chapters/05_failure_handling/5.2_retry",
    "labs",
    "solutions",
    "stand_ins",
    programs=("redis-server",),
)

DEAD = "http://127.0.0.1:9"  # nobody listens there

# What developers, their companies and their editors set, and what exercises have names for.
PROXIES = {
    name: value
    for upper, value in {
        "HTTP_PROXY": DEAD,
        "HTTPS_PROXY": DEAD,
        "ALL_PROXY": "socks5://127.0.0.1:9",
    }.items()
    for name in (upper, upper.lower())
}
SET = PROXIES | {
    "APP_ENV": "production",
    "API_KEY": "k",
    "AWS_ENDPOINT_URL": DEAD,
    "AWS_PROFILE": "work",
    "BANK": DEAD,
    "DATABASE_URL": "sqlite:///x.db",
    "DEBUG": "True",
    "FORCE_COLOR": "1",
    "GIT_DIR": "/nowhere",
    "GUNICORN_CMD_ARGS": "--nonsense",
    "HOST": "0.0.0.0",  # noqa: S104
    "LANGUAGE": "de",
    "LC_ALL": "C",
    "MAX_CONNECTIONS": "1",
    "ORDERS": "/nowhere/orders.txt",
    "PGHOST": "127.0.0.1",
    "PGPORT": "9",
    "PGSSLMODE": "require",
    "PORT": "80",
    "PRICES": DEAD,
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "REQUESTS_CA_BUNDLE": "/nowhere",
    "SECRET_KEY": "anything",
    "SECRET_KEYS": "a,b",
    "SSL_CERT_FILE": "/nowhere",
    "STOCK": DEAD,
    "TIMEOUT": "60",
    "UVICORN_PORT": "9",
    "VAULT_ADDR": DEAD,
    "VAULT_TOKEN": "t",
    "WEB_CONCURRENCY": "7",
    "WORKERS": "9",
}
# What Python reads before any of our code does. `make lab` takes it out for the kernels.
PYTHON = {
    "PYTHONASYNCIODEBUG": "1",
    "PYTHONHASHSEED": "1",
    "PYTHONIOENCODING": "latin-1",
    "PYTHONOPTIMIZE": "1",
    "PYTHONPATH": "/nowhere",
    "PYTHONSAFEPATH": "1",
    "PYTHONWARNINGS": "ignore",
}


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    Everything at once, with a folder for temporary files whose name is 103 characters long.
    """
    for name, value in (SET | PYTHON).items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / ("t" * (102 - len(str(tmp_path))))
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    before = os.umask(0o077)
    yield
    os.umask(before)


def python(code: str) -> str:
    """
    What a Python says that imports the workbench as the first thing.
    """
    done = subprocess.run(
        [sys.executable, "-c", f"import workbench\n{code}"],
        cwd=COURSE,
        capture_output=True,
        encoding="latin-1",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_list_decides() -> None:
    """
    Kept goes to children, ours stays, fixed is set, and of all else nothing is left.
    """
    environ = SET | {"HOME": "/home/ada", "TERM": "xterm", "COURSE_REDIS_URL": "fakeredis"}

    clean(environ)

    assert environ.keys() & SET.keys() <= {name for name in SET if name.startswith(OURS)}
    assert environ["NO_PROXY"] == environ["no_proxy"] == "127.0.0.1,localhost,::1"
    assert environ["TERM"] == "xterm"
    child = for_children(environ)
    assert not child.keys() & SET.keys()
    assert child["HOME"] == "/home/ada"
    assert child["COURSE_REDIS_URL"] == "fakeredis"
    assert "TERM" not in child


def test_no_name_of_an_exercise_is_kept() -> None:
    """
    Whatever a lab's service reads from its environment is not on the list of what goes through.
    """
    named = {
        line.partition("environ")[2].partition('"')[2].partition('"')[0]
        for file in (COURSE / "labs").glob("*/*/*.py")
        if file.name != "check.py"
        for line in file.read_text(encoding="utf-8").splitlines()
        if 'environ["' in line or 'environ.get("' in line
    }

    assert {"SECRET_KEYS", "DATABASE_URL", "STOCK"} <= named
    assert [name for name in named if name.startswith(KEPT)] == []


@pytest.mark.usefixtures("crowded")
def test_neither_we_nor_a_child_see_what_is_set() -> None:
    """
    1. Everything is set, and a Python imports the workbench.
    2. It starts a child.

    Result: neither has any of it, but what the caller asks for and sets itself.
    """
    code = """
import os, sys
from workbench._process import launch
names = {names}
print([n for n in names if n in os.environ])
os.environ["SET_BY_A_CELL"] = "1"
code = "import os; print([n for n in {names} if n in os.environ], os.environ['SET_BY_A_CELL'])"
code += "; print(oct(os.umask(0)), os.environ['LANG'][-5:], os.environ.get('LC_ALL'))"
command = f"{{sys.executable}} -c \\"{{code}}\\""
with launch(command, ready=None, env={{"SECRET_KEY": "mine"}}) as child:
    child.wait()
    print(*[line.text for line in child.log], sep="\\n")
"""
    names = [name for name in SET | PYTHON if not name.startswith(OURS)]
    said = python(code.format(names=names)).splitlines()

    assert said[0] == "[]"
    assert said[1:] == ["['SECRET_KEY'] 1", "0o22 UTF-8 None"]


@pytest.mark.usefixtures("crowded")
def test_what_goes_to_the_loopback_knows_no_proxy() -> None:
    """
    urllib, httpx and requests ask a server on 127.0.0.1 itself, whatever proxy is set.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        said = python(
            "import httpx, requests, urllib.request\n"
            f"print(urllib.request.urlopen('{url}').status, httpx.get('{url}').status_code,"
            f" requests.get('{url}').status_code)"
        )
        server.shutdown()

    assert said == "204 204 204\n"


@pytest.mark.usefixtures("crowded")
def test_a_long_folder_for_temporary_files_is_not_taken() -> None:
    """
    The path of a socket in a folder of an experiment has less than 104 characters.
    """
    said = python("from workbench import scratch; print(scratch('sockets') / '4194304-10')")

    assert len(said.strip()) < 104


@pytest.mark.parametrize("name", ["PYTHONOPTIMIZE", "PYTHONSAFEPATH"])
def test_what_python_has_already_obeyed_is_refused_in_a_kernel(
    name: str, tmp_path: Path
) -> None:
    """
    1. A kernel is started with the variable, and not by `make lab`.
    2. A cell imports the workbench.

    Result: the error names the variable and says what to do.
    """
    environ = os.environ | {"PYTHONPATH": str(COURSE), name: "1"}
    manager, client = start_new_kernel(env=environ, cwd=str(tmp_path))
    try:
        reply = client.execute_interactive("import workbench", timeout=60)["content"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)

    assert reply["ename"] == "CannotStart"
    assert f"{name} is set" in reply["evalue"]
    assert "restart the kernel" in reply["evalue"]


def test_doctor_names_what_a_kernel_would_refuse() -> None:
    """
    A row says which variable it is, and what to do.
    """
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "doctor"],
        env=os.environ | {"PYTHONOPTIMIZE": "1"},
        cwd=COURSE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "· environment: PYTHONOPTIMIZE is set" in done.stdout


@pytest.mark.usefixtures("crowded")
@pytest.mark.timeout(180)
def test_a_notebook_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    5.2, which asks, retries and counts, says with everything set what is stored.
    """
    monkeypatch.setattr("tempfile.tempdir", None)
    path = COURSE / "chapters" / "05_failure_handling" / "5.2_retry" / "5.2_retry.ipynb"
    stored, now = form.read(path), form.read(path)

    failure = asyncio.run(execute(now, path.parent))

    assert failure == ""
    form.normalise(now)
    different = [
        number
        for number, (before, after) in enumerate(zip(stored.cells, now.cells, strict=True))
        if before.cell_type == "code" and not compare.same(before.outputs, after.outputs)
    ]
    assert different == []


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize("name", ["bulkhead", "pool", "settings"])
def test_a_right_answer_passes(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """
    1. The solution is the reader's answer, and their own `.env` and `PYTHON…` are around it.
    2. It is checked from a shell.

    Result: PASS.
    """
    exercise = find(name)
    monkeypatch.setenv("WORKBENCH_WORK", str(tmp_path / "work"))
    work = tmp_path / "work" / exercise.path
    work.mkdir(parents=True)
    for edited in exercise.edits:
        (work / edited).write_bytes((exercise.solution / edited).read_bytes())
    dotenv = "".join(f"{name}={value}\n" for name, value in SET.items())
    (work / ".env").write_text(dotenv, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "workbench", "check", name],
        cwd=COURSE,
        capture_output=True,
        encoding="latin-1",
        timeout=110,
        check=False,
    )

    assert done.stdout.startswith("PASS"), done.stdout + done.stderr
    assert done.returncode == 0
