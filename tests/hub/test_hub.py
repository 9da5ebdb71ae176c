"""
A real hub, with people on it; `make hubtest` makes the environment that this needs.
"""

import json
import os
import re
import runpy
import secrets
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import httpx2
import psutil
import pytest
from traitlets.config import Config
from websockets.sync.client import connect

from tools import ROOT
from tools.notebooks.form import read

pytest.importorskip("jupyterhub", reason="no JupyterHub in this environment: make hubtest")
docker = pytest.importorskip("docker")
PROXY = ROOT / "hub" / "node_modules" / ".bin" / "configurable-http-proxy"
if not PROXY.exists() or shutil.which("node") is None:
    pytest.skip("no configurable-http-proxy here: make hubtest", allow_module_level=True)

Found = TypeVar("Found")
NAME = "1.1_what_gets_lost"
NOTEBOOK = ROOT / "chapters" / "01_graceful_shutdown" / NAME / f"{NAME}.ipynb"


def poll(look: Callable[[], Found | None], what: str, *, seconds: float) -> Found:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (found := look()) is not None:
            return found
        time.sleep(0.1)
    pytest.fail(f"after {seconds} s still no {what}")


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@dataclass
class Hub:
    """
    A running hub, and all processes that carry its mark.
    """

    url: str
    token: str
    process: subprocess.Popen[bytes]
    log: Path
    mark: str = field(repr=False)

    def api(self, method: str, path: str, **body: object) -> httpx2.Response:
        headers = {"Authorization": f"token {self.token}"}
        return httpx2.request(
            method, f"{self.url}/hub/api/{path}", headers=headers, json=body, timeout=30
        )

    def processes(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("TEST_HUB_MARK") == self.mark:
                    found.append(process)
        return found

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


@pytest.fixture
def start_hub(tmp_path: Path) -> Iterator[Callable[..., Hub]]:
    hubs: list[Hub] = []

    def start(authenticator: str, **more: str) -> Hub:
        port, hub_port, api_port = free_ports(3)
        mark, token = uuid.uuid4().hex, secrets.token_hex(16)
        variables = {
            "HUB_TEACHERS": "ada",
            "HUB_STATE": str(tmp_path),
            "HUB_URL": f"http://127.0.0.1:{port}",
            "HUB_IP": "127.0.0.1",
            "COURSE": str(ROOT),
            "COURSE_HUB_CONFIG": str(ROOT / "hub" / "jupyterhub_config.py"),
            "TEST_AUTHENTICATOR": authenticator,
            "TEST_HUB_PORT": str(hub_port),
            "TEST_PROXY_API_PORT": str(api_port),
            "TEST_HUB_MARK": mark,
            "TEST_TOKEN": token,
            **more,
        }
        log = tmp_path / "hub.log"
        config = Path(__file__).with_name("jupyterhub_config.py")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "--config", config],
                cwd=tmp_path,
                env=os.environ | variables,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        hubs.append(Hub(variables["HUB_URL"], token, process, log, mark))
        poll(lambda: is_up(hubs[-1]), "answer of the hub", seconds=40)
        return hubs[-1]

    yield start

    for hub in hubs:
        if hub.process.poll() is None:
            hub.stop()
        for process in hub.processes():
            with suppress(psutil.Error):
                process.kill()


def is_up(hub: Hub) -> bool | None:
    assert hub.process.poll() is None, hub.log.read_text()[-3000:]
    with suppress(httpx2.TransportError):
        return True if hub.api("GET", "").status_code == 200 else None
    return None


class Person:
    """
    Somebody with a server of their own, and a token for it.
    """

    def __init__(self, hub: Hub, name: str) -> None:
        self.hub, self.name = hub, name
        hub.api("POST", f"users/{name}").raise_for_status()
        answer = hub.api("POST", f"users/{name}/tokens", note="test")
        self.token = answer.raise_for_status().json()["token"]

    def start_server(self) -> str:
        self.hub.api("POST", f"users/{self.name}/server").raise_for_status()
        return poll(self._server, f"server of {self.name}", seconds=60)

    def _server(self) -> str | None:
        server = self.hub.api("GET", f"users/{self.name}").json()["servers"].get("", {})
        return server["url"] if server.get("ready") else None

    def open(self, notebook: Path) -> str:
        """
        What their JupyterLab gets to show, as JSON.
        """
        path = notebook.relative_to(ROOT).as_posix()
        headers = {"Authorization": f"token {self.token}"}
        address = f"{self.hub.url}/user/{self.name}/api/contents/{path}"
        return httpx2.get(address, headers=headers, timeout=60).raise_for_status().text

    def run(self, notebook: Path) -> list[str]:
        """
        Run every cell, as JupyterLab would; return the lines that they printed.
        """
        server = f"{self.hub.url}/user/{self.name}"
        headers = {"Authorization": f"token {self.token}"}
        body = {"name": "python3", "path": notebook.relative_to(ROOT).as_posix()}
        answer = httpx2.post(f"{server}/api/kernels", headers=headers, json=body, timeout=60)
        kernel = answer.raise_for_status().json()["id"]
        address = f"{server}/api/kernels/{kernel}/channels".replace("http", "ws", 1)
        printed: list[str] = []
        with connect(address, additional_headers=headers, max_size=None) as channels:
            for cell in read(notebook).cells:
                if cell.cell_type == "code":
                    printed += execute(channels, cell.source)
        return printed


def execute(channels, source: str) -> list[str]:
    """
    Run one cell; return the lines that it printed. An error in it is an error here.
    """
    message = uuid.uuid4().hex
    request = {
        "channel": "shell",
        "header": {"msg_id": message, "msg_type": "execute_request", "version": "5.3"},
        "parent_header": {},
        "metadata": {},
        "content": {"code": source, "silent": False, "stop_on_error": True},
    }
    channels.send(json.dumps(request))
    text = ""
    while True:
        answer = json.loads(channels.recv(timeout=60))
        if answer["parent_header"].get("msg_id") != message:
            continue
        content, kind = answer["content"], answer["msg_type"]
        assert kind != "error", "\n".join(content["traceback"])
        if kind == "stream":
            text += content["text"]
        if kind == "status" and content["execution_state"] == "idle":
            return text.splitlines()


def claims(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith(("✓", "✗"))]


def claims_stored(notebook: Path) -> list[str]:
    outputs = [
        output
        for cell in read(notebook).cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]
    return claims("".join(output.get("text", "\n") for output in outputs).splitlines())


def test_two_people_at_once(start_hub) -> None:
    """
    1. Two people have a server each, on one checkout.
    2. Both run the first notebook of chapter 1 at the same time.
    3. The hub is told to stop.

    Result: both see all claims hold, and to both it opens without the stored plots; after the
    stop no process of theirs is left.
    """
    hub = start_hub("dummy")
    people = [Person(hub, "grace"), Person(hub, "linus")]
    together = threading.Barrier(2, timeout=60)

    def take_part(person: Person) -> list[str]:
        person.start_server()
        together.wait()
        return person.run(NOTEBOOK)

    with ThreadPoolExecutor(2) as pool:
        printed = list(pool.map(take_part, people))

    shown = [person.open(NOTEBOOK) for person in people]
    assert [("cells" in text, "image/png" in text) for text in shown] == [(True, False)] * 2
    expected = claims_stored(NOTEBOOK)
    assert len(expected) > 10
    assert [claims(lines) for lines in printed] == [expected, expected]
    pids = [set(re.findall(r"\bpid (\d+)", "\n".join(lines))) for lines in printed]
    assert all(pids), "the services that were started are not in what was printed"
    assert not pids[0] & pids[1]
    assert len(hub.processes()) > 4, "the hub, its proxy and two servers were to be found"

    hub.stop()

    poll(
        lambda: None if hub.processes() else True, "end of what the hub had started", seconds=20
    )


def test_a_stranger_waits_for_a_teacher(start_hub) -> None:
    """
    1. A teacher and a student sign up. The student tries to come in, and stays outside.
    2. The teacher comes in and lets the student in.

    Result: now the student comes in, and still not with another password.
    """
    hub = start_hub("native")
    sign_up(hub, "ada", "a difference engine")
    sign_up(hub, "grace", "a moth in a relay")

    assert not comes_in(hub, "grace", "a moth in a relay")
    with browser(hub) as teacher:
        assert log_in(teacher, "ada", "a difference engine")
        page = teacher.get("/hub/authorize")
        assert page.status_code == 200
        assert teacher.get("/hub/authorize/grace").status_code in (200, 302)

    assert comes_in(hub, "grace", "a moth in a relay")
    assert not comes_in(hub, "grace", "a bug in a relay")


def test_a_class_code_lets_in(start_hub, tmp_path: Path) -> None:
    """
    1. A hub for a workshop has a class code. Somebody has it, somebody guesses.
    2. Both come once more, under the teacher's name.

    Result: who has the code comes in at once, and is no teacher; under the teacher's name only
    the teachers' password counts, which the hub's account alone may read.
    """
    hub = start_hub("shared-password", HUB_CLASS_CODE="a moth in a relay")
    file = tmp_path / "teachers_password"
    password = file.read_text(encoding="utf-8")

    assert not comes_in(hub, "grace", "a bug in a relay")
    with browser(hub) as learner:
        assert log_in(learner, "grace", "a moth in a relay")
        assert learner.get("/hub/admin").status_code == 403
    assert not comes_in(hub, "ada", "a moth in a relay")
    with browser(hub) as teacher:
        assert log_in(teacher, "ada", password)
        assert teacher.get("/hub/admin").status_code == 200
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def browser(hub: Hub) -> httpx2.Client:
    return httpx2.Client(base_url=hub.url, timeout=30)


def form(client: httpx2.Client, page: str, **fields: str) -> httpx2.Response:
    client.get(page)
    return client.post(page, data={"_xsrf": client.cookies["_xsrf"], **fields})


def sign_up(hub: Hub, name: str, password: str) -> None:
    with browser(hub) as client:
        fields = {"signup_password": password, "signup_password_confirmation": password}
        form(client, "/hub/signup", username=name, **fields).raise_for_status()


def log_in(client: httpx2.Client, name: str, password: str) -> bool:
    form(client, "/hub/login", username=name, password=password)
    return client.get("/hub/home").status_code == 200


def comes_in(hub: Hub, name: str, password: str) -> bool:
    with browser(hub) as client:
        return log_in(client, name, password)


def test_every_setting_exists() -> None:
    """
    No line of the hub's configuration is silently ignored because its name is wrong.
    """
    where = {
        "JupyterHub": "jupyterhub.app",
        "ConfigurableHTTPProxy": "jupyterhub.proxy",
        "Authenticator": "jupyterhub.auth",
        "NativeAuthenticator": "nativeauthenticator",
        "SharedPasswordAuthenticator": "jupyterhub.authenticators.shared",
        "Spawner": "jupyterhub.spawner",
        "DockerSpawner": "dockerspawner",
    }
    config = (ROOT / "hub" / "jupyterhub_config.py").read_text(encoding="utf-8")
    settings = re.findall(r"^ *c\.(\w+)\.(\w+) =", config, re.MULTILINE)
    assert len(settings) > 20
    for name, trait in settings:
        cls = getattr(import_module(where[name]), name)
        assert cls.class_traits(config=True).get(trait), f"{name} has no {trait}"


def test_what_docker_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    Docker's own client knows every setting of a person's container.
    """
    monkeypatch.setenv("HUB_TEACHERS", "ada")
    monkeypatch.setenv("HUB_STATE", str(tmp_path))
    config = Config()
    file = ROOT / "hub" / "jupyterhub_config.py"
    runpy.run_path(str(file), {"get_config": lambda: config})
    told = docker.types.HostConfig(version="1.41", **config.DockerSpawner.extra_host_config)

    assert told["ReadonlyRootfs"] is True
    assert told["CapDrop"] == ["ALL"]
    assert set(told["Tmpfs"]) == {"/tmp", "/home/learner", "/course/.jupyter"}  # noqa: S108
