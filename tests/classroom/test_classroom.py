"""
The classroom on a real engine: `make classroom`. Skipped, with the reason, where there is none.

The tests stand in the order of a lesson, and share one classroom under a name of its own.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = (".venv", ".git", ".hub", "node_modules", "work", "__pycache__", ".*_cache")
PLANTED = (
    ".env",
    ".git/config",
    "submissions/ada/key",
    "work/drain/service.py",
    "chapters/.env",
)
PROJECT = f"classroom-{uuid.uuid4().hex[:8]}"
BASES = ("python:3.13-slim", "redis:8", "postgres:17")  # without which there is no classroom
GRACE = 30  # seconds: stop_grace_period of the course
MINUTES = {"pull": 3, "build": 8}
SECRET = f"not-for-a-layer-{uuid.uuid4().hex}"
EXERCISES = sorted(path.parent.name for path in ROOT.glob("labs/*/*/check.py"))
NOTEBOOKS = sorted(
    path.relative_to(ROOT)
    for chapter in ("01_graceful_shutdown", "06_performance")  # signals, and both servers
    for path in (ROOT / "chapters" / chapter).glob("*/*.ipynb")
)

pytestmark = pytest.mark.timeout(900)


def docker(
    *words: str, timeout: float = 120, check: bool = True, data: str | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["docker", *words],
        cwd=checkout,
        env=os.environ | {"PORT": str(PORT), "COURSE_POSTGRES_PASSWORD": SECRET},
        capture_output=True,
        text=True,
        input=data,
        timeout=timeout,
        check=False,
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def compose(*words: str, **options) -> subprocess.CompletedProcess[str]:
    return docker("compose", "--project-name", PROJECT, *words, **options)


def run(*words: str, **options) -> subprocess.CompletedProcess[str]:
    return compose("run", "--rm", "--no-TTY", *words, **options)


def left_over(kind: str, project: str = PROJECT) -> list[str]:
    every = {"container": ["--all"], "network": [], "volume": []}[kind]
    label = f"label=com.docker.compose.project={project}"
    return docker(kind, "ls", "--quiet", *every, "--filter", label).stdout.split()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


PORT = free_port()
checkout = ROOT  # from the fixture on, a copy with secrets in it


def lacking() -> str:
    """
    Why there can be no classroom here, or nothing.
    """
    if shutil.which("docker") is None:
        return "there is no docker"
    for words in (["info"], ["compose", "version"], ["buildx", "version"]):
        if (done := docker(*words, check=False)).returncode:
            return f"docker {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}"
    for image in BASES:
        if docker("image", "inspect", image, check=False).returncode == 0:
            continue
        try:
            pulled = docker("pull", "--quiet", image, timeout=MINUTES["pull"] * 60, check=False)
        except subprocess.TimeoutExpired:
            return f"{image} is not here, and was not pulled in {MINUTES['pull']} minutes"
        if pulled.returncode:
            return f"{image} is not here, and cannot be pulled: {pulled.stderr.strip()}"
    return ""


def plant(folder: Path) -> Path:
    """
    Copy the checkout, and leave secrets in it as one does.
    """
    copy = shutil.copytree(ROOT, folder / "course", ignore=shutil.ignore_patterns(*LEFT_OUT))
    for name in PLANTED:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text(f"KEY={SECRET}\n", encoding="utf-8")
    return copy


@pytest.fixture(scope="module", autouse=True)
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """
    From nothing to healthy, and the seconds and the size that it took.
    """
    global checkout
    if why := lacking():
        pytest.skip(why)
    checkout = plant(tmp_path_factory.mktemp("classroom"))
    try:
        began = time.monotonic()
        compose("build", "--quiet", "course", timeout=MINUTES["build"] * 60)
        built = time.monotonic()
        compose("up", "--detach", "--wait", timeout=180)
        size = docker("image", "inspect", "--format", "{{.Size}}", f"{PROJECT}-course").stdout
        print(
            f"\nbuilt in {built - began:.0f} s, healthy {time.monotonic() - built:.0f} s later,"
            f" image of {int(size) / 1e6:.0f} MB"
        )
        yield
    finally:
        compose("--profile", "*", "down", "--volumes", "--timeout", "5", check=False)
        docker("image", "rm", f"{PROJECT}-course", check=False)


def test_address() -> None:
    """
    The address with its token is printed, and published to this machine only.
    """
    assert f"http://127.0.0.1:{PORT}/lab" in compose("logs", "course").stdout
    assert compose("port", "course", str(PORT)).stdout.strip() == f"127.0.0.1:{PORT}"


def test_nothing_can_be_written_outside_the_volumes() -> None:
    """
    The course and the system are read-only; the answers and the temporary files are not.
    """
    places = "/course/chapters /course/workbench /course/.venv /usr /etc /var"
    script = f"""
        id -u
        for place in {places}; do touch $place/x 2>/dev/null && echo $place; done
        touch /course/work/x /tmp/x /home/learner/x && rm /course/work/x && echo written
        grep -E 'CapEff|NoNewPrivs' /proc/self/status
    """
    said = compose("exec", "--no-TTY", "course", "sh", "-c", script).stdout.split()

    assert said == ["1000", "written", "CapEff:", "0" * 16, "NoNewPrivs:", "1"]


@pytest.mark.parametrize("shell", ["sh", "sh -l", "bash -l"])
def test_command(shell: str) -> None:
    """
    `course` is found by every shell, also by one that begins with a PATH of its own.
    """
    words = [*shell.split(), "-c", "course status"]
    lines = compose("exec", "--no-TTY", "course", *words).stdout.splitlines()

    assert sorted(line.split()[0].rpartition("/")[2] for line in lines) == EXERCISES


def test_right_answers_only() -> None:
    """
    Each exercise has another right answer in the image, for `.others()`, and no wrong one.
    """
    words = ("find", "tests", "-path", "tests/exercises/answers/*/*/*", "-prune")
    found = compose("exec", "--no-TTY", "course", *words).stdout.split()

    assert {path.rpartition("/")[2] for path in found} == {"right"}
    assert sorted(path.split("/")[-2] for path in found) == EXERCISES


def test_a_run_is_kept() -> None:
    """
    1. A notebook is opened in JupyterLab: nothing is there that was measured.
    2. It is saved with a remark.

    Result: the remark is there when it is opened again; it lies in the volume.
    """
    path = "chapters/00_start_here/00_start_here.ipynb"
    found = re.search(r"token=(\w+)", compose("logs", "course").stdout)
    headers = {"Authorization": f"token {found[1]}"}
    with httpx2.Client(
        base_url=f"http://127.0.0.1:{PORT}/api/contents/", headers=headers
    ) as lab:
        opened = lab.get(path).raise_for_status().json()
        opened["content"]["cells"][0]["source"] += "\n\nA remark."
        lab.put(path, json=opened).raise_for_status()
        again = lab.get(path).raise_for_status().text

    assert "image/png" not in json.dumps(opened)
    assert "A remark." in again
    compose("exec", "--no-TTY", "course", "grep", "A remark.", f"work/notebooks/{path}")


def verdicts(*words: str) -> dict[str, str]:
    """
    What each exercise got, as the gradebook has it; and it is what the table says.
    """
    done = run("check", *words, "--json", "grades.json", check=False, timeout=900)
    grades = compose("exec", "--no-TTY", "course", "cat", "work/grades.json").stdout
    found = {verdict["exercise"]: verdict["result"] for verdict in json.loads(grades)}
    table = done.stdout.splitlines()[-len(found) :]
    assert [line.split("  ")[0] for line in table] == list(found), done.stdout + done.stderr
    assert done.returncode == (0 if set(found.values()) == {"PASS"} else 1), done.stdout
    return found


def test_checks_of_what_was_not_begun() -> None:
    """
    An answer that nobody has touched is not passed, and is no failure either.
    """
    found = verdicts("drain", "pool")

    assert set(found.values()) == {"NOT ATTEMPTED"}


def test_checks_of_what_is_solved() -> None:
    """
    Every solution passes in here, on the shared Redis and PostgreSQL too.
    """
    script = """
        for answer in solutions/*/*/; do
            mkdir -p "work/${answer#solutions/}" && cp -r "$answer." "work/${answer#solutions/}"
        done
    """
    compose("exec", "--no-TTY", "course", "sh", "-c", script)
    found = verdicts()

    assert sorted(path.rpartition("/")[2] for path in found) == EXERCISES
    assert {path: result for path, result in found.items() if result != "PASS"} == {}


def test_a_redis_that_was_killed_comes_back() -> None:
    """
    1. Redis is killed inside its container, as the kernel does for its memory.
    2. It has been started again once, and is healthy.

    Result: the course reaches it by the same address.
    """
    container = compose("ps", "--quiet", "redis").stdout.strip()
    script = """
        for each in /proc/[0-9]*; do
            [ "$(cat "$each/comm")" = redis-server ] && kill -KILL "${each#/proc/}"
        done
    """
    compose("exec", "--no-TTY", "redis", "sh", "-c", script, check=False)
    state = "{{.RestartCount}} {{.State.Health.Status}}"
    deadline = time.monotonic() + 60
    while (found := docker("inspect", "--format", state, container).stdout.strip()) != (
        "1 healthy"
    ):
        assert time.monotonic() < deadline, f"after a minute it is: {found}"
        time.sleep(0.5)

    ping = "import os, redis as r; print(r.from_url(os.environ['COURSE_REDIS_URL']).ping())"
    said = compose("exec", "--no-TTY", "course", "python", "-c", ping).stdout

    assert said.strip() == "True"


def test_report() -> None:
    """
    What was handed in, as the README says it, makes a class; Ada has only handed in a key.
    """
    compose("exec", "--no-TTY", "course", "course", "hand-in", "--as", "grace")
    compose("cp", "course:/course/work/grace.zip", "submissions/")

    said = run("report", check=False).stdout
    assert re.search(r"^ +1  01_graceful_shutdown/drain +1/2 ", said, re.MULTILINE), said


def test_answers_are_judged_again_where_they_reach_nobody() -> None:
    """
    Grace's answer once more, in a container that has no network but its own loopback.
    """
    said = run("regrade", "submissions/", "drain", timeout=120).stdout
    interfaces = compose(
        "run", "--rm", "--no-TTY", "--entrypoint", "ls", "regrade", "/sys/class/net"
    ).stdout

    assert re.search(r"^grace +01_graceful_shutdown/drain +PASS$", said, re.MULTILINE), said
    assert "Differs: 0. Could not check: 0." in said
    assert interfaces.split() == ["lo"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(notebook: Path) -> None:
    """
    It is as it was stored, beside a real Redis and a real PostgreSQL.
    """
    run("test", str(notebook), timeout=300)


def test_no_secret_in_any_layer(tmp_path: Path) -> None:
    """
    What is beside the course on the machine that builds it stays there.
    """
    archive = tmp_path / "image.tar"
    docker("image", "save", "--output", str(archive), f"{PROJECT}-course", timeout=180)
    with tarfile.open(archive) as image:
        (manifest,) = json.loads(image.extractfile("manifest.json").read())
        settings = image.extractfile(manifest["Config"]).read()
        files = {}
        for name in manifest["Layers"]:
            with tarfile.open(fileobj=image.extractfile(name)) as layer:
                for entry in layer:
                    ours = entry.name.startswith("course/") and "/.venv/" not in entry.name
                    if entry.isfile() and ours:
                        files[entry.name] = layer.extractfile(entry).read()

    assert "course/chapters/00_start_here/00_start_here.ipynb" in files, "no layer was read"
    assert SECRET.encode() not in settings
    assert [name for name, found in files.items() if SECRET.encode() in found] == []


def demonstrate(name: str, *words: str) -> str:
    """
    What a demonstration says, on the classroom's image; and nothing of it is left.
    """
    project = f"{PROJECT}-{name}"
    done = subprocess.run(
        [sys.executable, "-m", f"demos.{name}", "--project", project, *words],
        cwd=checkout,
        env=os.environ | {"COURSE_IMAGE": f"{PROJECT}-course"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [left_over(kind, project) for kind in ("container", "network", "volume")] == [[]] * 3
    return done.stdout


STOPS = {
    "entrypoint-calls": ["answered", "lost", "137"],
    "entrypoint-execs": ["answered", "ran", "0"],
    "exec-form": ["answered", "ran", "0"],
    "exec-form-init": ["answered", "ran", "143"],
    "no-handler": ["answered", "lost", "137"],
    "no-handler-init": ["lost", "lost", "143"],
    "shell-form": ["answered", "lost", "137"],
    "shell-form-exec": ["answered", "ran", "0"],
    "shell-form-init": ["lost", "lost", "143"],
}


def table(said: str) -> list[str]:
    """
    The rows that a demonstration shows, without their heading. They fit a projector.
    """
    heading, *rows = said.partition("\n\n")[0].splitlines()
    assert max(map(len, (heading, *rows))) <= 100
    return rows


def test_forms_of_process_1() -> None:
    """
    By a real `docker stop`, each form ends as chapter 1 says.
    """
    rows = map(str.split, table(demonstrate("docker_stop")))

    assert {form: cells[:3] for form, *cells in rows} == STOPS


def behind_haproxy(version: str, *strategies: str) -> dict[str, str]:
    """
    What a deploy has cost, by strategy; skipped where HAProxy's image can't be had.
    """
    image = "haproxy:3.0"
    if docker("image", "inspect", image, check=False).returncode:
        pulled = docker("pull", "--quiet", image, timeout=MINUTES["pull"] * 60, check=False)
        if pulled.returncode:
            pytest.skip(f"{image} is not here, and cannot be pulled: {pulled.stderr.strip()}")
    lines = table(demonstrate("haproxy", version, *strategies))
    rows = (line.split(None, 1) for line in lines[::2])
    return {
        name: f"{cells}; {words.strip()}"
        for (name, cells), words in zip(rows, lines[1::2], strict=True)
    }


def lost(words: str) -> int:
    return int(words.partition(" ")[0])


def test_good_version_behind_haproxy() -> None:
    """
    As in the chapter: who asks whether an instance is ready loses nobody.
    """
    found = behind_haproxy(
        "v2", "direct", "rolling_blindly", "rolling_when_ready", "blue_green"
    )
    losing = [name for name, words in found.items() if lost(words)]

    assert losing == ["direct", "rolling_blindly"], found
    assert found["blue_green"].split()[4] == "8", found  # containers
    assert not any("fail still" in words for words in found.values()), found


def test_bad_version_behind_haproxy() -> None:
    """
    As in the chapter: readiness sees no errors, and what watches rolls back.
    """
    found = behind_haproxy("v2-errs", "rolling_when_ready", "canary")

    assert "fail still" in found["rolling_when_ready"], found
    assert "; refused (" in found["canary"], found
    assert 0 < lost(found["canary"]) < lost(found["rolling_when_ready"]) / 2, found


DELIVERIES = {
    "by-environment": ["inspect, environ", "–", "yes, yes", "no", "no"],
    "by-secret-file": ["–", f"{os.getuid()} 600", "no, yes", "yes", "no"],
    "by-secret-environment": ["–", "0 444", "yes, yes", "no", "no"],
    "by-folder": ["–", f"{os.getuid()} 600", "no, yes", "yes", "yes"],
}


@pytest.mark.skipif(os.getuid() == 1000, reason="the host's files would be the service's own")
def test_deliveries_of_a_secret() -> None:
    """
    Each way shows as much as chapter 3 says, and only a folder brings a file that was replaced.
    """
    said = demonstrate("secret_deliveries")
    rows = (re.split(r"  +", line) for line in table(said))

    assert {way: cells for way, *cells in rows} == DELIVERIES
    assert "OpenBao: " in said


def test_stop() -> None:
    """
    PID 1 passes SIGTERM on: JupyterLab ends by itself, long before SIGKILL.
    """
    container = compose("ps", "--quiet", "course").stdout.strip()
    began = time.monotonic()
    docker("stop", "--time", str(GRACE), container)
    seconds = time.monotonic() - began
    code = docker("inspect", "--format", "{{.State.ExitCode}}", container).stdout.strip()

    assert code == "0"
    assert seconds < GRACE / 2


def test_down() -> None:
    """
    No container and no network is left, and of the volumes only the learners' answers.
    """
    compose("down")

    assert left_over("container") == []
    assert left_over("network") == []
    assert docker("volume", "ls", "--quiet", "--filter", f"name={PROJECT}").stdout.split() == [
        f"{PROJECT}_work"
    ]
    answer = "work/01_graceful_shutdown/drain/service.py"
    test = ["--no-deps", "--entrypoint", "test", "check", "-s", f"/course/{answer}"]
    run(*test)
