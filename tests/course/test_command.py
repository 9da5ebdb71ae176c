"""
`course`, from every place where a reader is told to type it.
"""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from websockets.sync.client import connect

import workbench.__main__
from tests.exercises.toy_exercise import toy_exercise
from tools import ROOT
from tools.notebooks.files import on_disk
from tools.notebooks.form import read
from workbench._command import course, near
from workbench._records import kept
from workbench._spawn import _stop_ignoring_signals
from workbench._waiting import wait_until
from workbench.errors import WorkbenchError
from workbench.exercises.exercise import exercises, find
from workbench.exercises.verdict import Verdict

PROGRAM = Path(sys.executable).with_name("course")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("*/*.md")])


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    A reader's folder of our own.
    """
    monkeypatch.setenv("WORKBENCH_WORK", str(tmp_path / "work"))
    return tmp_path / "work"


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """
    Runs `course` in a folder that has nothing to do with it.
    """

    def run(*words: str | Path, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [PROGRAM, *words],
            cwd=tmp_path,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60,
            check=False,
        )

    return run


def test_course_runs_in_any_folder(run) -> None:
    """
    A line for each exercise, as in the folder of the course.
    """
    said = run("status")

    assert [line.split()[0] for line in said.stdout.splitlines()] == [
        exercise.path for exercise in exercises()
    ]
    assert (said.returncode, said.stderr) == (0, "")


def test_a_pipe_that_nobody_reads(tmp_path: Path) -> None:
    """
    Its closed end stops a verb without a word.
    """
    line = f"{shlex.quote(str(PROGRAM))} status | true"
    said = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert said.stderr == ""


def test_a_verdict_that_nobody_reads(work: Path) -> None:
    """
    It is kept all the same.
    """
    line = f"{shlex.quote(str(PROGRAM))} check rotation-plan | true"
    said = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)

    assert said.stderr == ""
    assert len(kept(find("rotation-plan").verdicts, Verdict)) == 1


@pytest.mark.parametrize(
    ("variables", "met", "measured"),
    [
        ({"PYTHONIOENCODING": "utf-8"}, "✓", "≈"),
        ({"PYTHONIOENCODING": "latin-1"}, "+", "~"),
        ({"PYTHONIOENCODING": "ascii"}, "+", "~"),
        ({"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "+", "~"),
    ],
    ids=["utf-8", "latin-1", "ascii", "POSIX"],
)
def test_an_encoding_without_a_tick(run, tmp_path, variables, met, measured) -> None:
    """
    A character that cannot be printed becomes one that can; exit codes are as ever.
    """
    doctor = run("doctor", **variables)
    check = run("check", "drain", "--attempt", tmp_path, **variables)

    assert f"{met} Python: " in doctor.stdout
    assert f"COULD NOT CHECK  drain: Lose nothing on SIGTERM ({measured} 0" in check.stdout
    assert check.returncode == 2
    assert (doctor.stderr, check.stderr) == ("", "")


def marked(mark: str) -> list[str]:
    """
    The commands of the processes that have the mark in their environment.
    """
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("COURSE_TEST") == mark:
                found.append(" ".join(process.cmdline()))
        except psutil.Error:  # ended meanwhile, or not ours to look at
            continue
    return found


def test_ctrl_c_in_the_middle_of_a_check(tmp_path: Path, work: Path) -> None:
    """
    1. A check runs, and with it the services that it attacks.
    2. Its terminal sends SIGINT to all that belong to it.

    Result: one line and exit code 130; no process, no folder and no verdict is left.
    """
    mark, folder = uuid.uuid4().hex, Path(tempfile.mkdtemp())  # a long name is not taken
    _stop_ignoring_signals()  # as we do where we were started in the background of a script
    checking = subprocess.Popen(
        [PROGRAM, "check", "drain"],
        cwd=tmp_path,
        env=os.environ | {"COURSE_TEST": mark, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )

    try:
        assert wait_until(lambda: any("service.py" in each for each in marked(mark)), 60)
        os.killpg(checking.pid, signal.SIGINT)
        printed, said = checking.communicate(timeout=30)
    finally:
        checking.kill()

    assert (checking.returncode, printed) == (130, "")
    assert said == (
        "Stopped: drain was not judged, nothing of it is kept, and nothing left running.\n"
    )
    assert wait_until(lambda: marked(mark) == [], 10), marked(mark)  # the guard goes, too
    folder.rmdir()  # it is empty
    assert kept(find("drain").verdicts, Verdict) == []


def test_backing_services_until_ctrl_c(tmp_path: Path) -> None:
    """
    1. Redis and PostgreSQL run, with what the file makes; a shell takes the lines to paste.
    2. The terminal sends SIGINT.

    Result: one line and exit code 130; no process and no folder is left.
    """
    mark, folder = uuid.uuid4().hex, Path(tempfile.mkdtemp())
    folder.chmod(0o755)  # where we are root, PostgreSQL runs as somebody else
    tables = tmp_path / "tables.sql"
    tables.write_text("CREATE TABLE numbers (n integer); INSERT INTO numbers VALUES (42);")
    _stop_ignoring_signals()
    running = subprocess.Popen(
        [PROGRAM, "backing-services", tables, "--max-connections", "18"],
        env=os.environ | {"COURSE_TEST": mark, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert running.stdout is not None
        told = ""
        while "REDIS_URL" not in told:
            told += (line := running.stdout.readline())
            assert line, told
        said = subprocess.check_output(
            ["sh", "-c", f"{told[told.index('export') :]}\nexport -p"], text=True
        )
        redis_url, database_url, redis_pid = (
            re.search(rf"\b{name}='?([^'\n]+)", said)[1]
            for name in ("REDIS_URL", "DATABASE_URL", "REDIS_PID")
        )
        with psycopg.connect(database_url) as connection:
            assert connection.execute("SELECT n FROM numbers").fetchall() == [(42,)]
        with redis.Redis.from_url(redis_url) as client:
            assert client.ping()
        assert "redis" in " ".join(psutil.Process(int(redis_pid)).cmdline())
        os.killpg(running.pid, signal.SIGINT)
        _, stopped = running.communicate(timeout=30)
    finally:
        running.kill()

    assert (running.returncode, stopped) == (130, "Stopped.\n")
    assert wait_until(lambda: marked(mark) == [], 10), marked(mark)
    folder.rmdir()


def test_sql_that_is_refused(run, tmp_path: Path) -> None:
    """
    It is said which file it is, and nothing is left running.
    """
    tables = tmp_path / "tables.sql"
    tables.write_text("CREATE TABEL numbers (n integer)")

    refused, missing = run("backing-services", tables), run("backing-services", "tabels.sql")

    assert refused.returncode == missing.returncode == 2
    assert refused.stderr.startswith(
        f"PostgreSQL refuses what stands in {tables}: syntax error"
    )
    assert missing.stderr.startswith("tabels.sql cannot be read (")


@pytest.mark.parametrize("place", ["nowhere/verdicts.json", "."])
def test_a_place_where_no_verdict_can_be_written(run, work, tmp_path, place) -> None:
    """
    It is said before anything is checked.
    """
    said = run("check", "drain", "--json", place)

    assert said.returncode == 2
    assert said.stdout == ""
    assert said.stderr.startswith(f"Nothing was tried: --json {place} cannot be written to (")
    assert not work.exists()


def test_what_is_in_the_file_stays_until_there_are_verdicts(run, tmp_path: Path) -> None:
    """
    To try whether a file can be written to neither makes nor empties it.
    """
    full, new = tmp_path / "full.json", tmp_path / "new.json"
    full.write_text("[]\n", encoding="utf-8")
    for file in (full, new):
        workbench.__main__._try_to_write(file)

    assert full.read_text(encoding="utf-8") == "[]\n"
    assert not new.exists()


@pytest.mark.parametrize(
    "name",
    [
        "drain",
        "Drain",
        "drain/",
        "01_graceful_shutdown/drain",
        "labs/01_graceful_shutdown/drain/",
        "work/01_graceful_shutdown/drain",
        str(ROOT / "labs" / "01_graceful_shutdown" / "drain"),
    ],
)
def test_names_of_an_exercise(name: str) -> None:
    """
    A capital, and what a shell completes, are understood.
    """
    assert find(name).path == "01_graceful_shutdown/drain"


@pytest.mark.parametrize("name", ["drian", "06_performance/drain", "labs/drain", "drains"])
def test_a_name_with_a_slip(name: str) -> None:
    """
    What was probably meant is offered, and not taken.
    """
    with pytest.raises(WorkbenchError, match=rf"no exercise '{name}'; did you mean drain\?$"):
        find(name)


@pytest.mark.parametrize("name", ["", ".", "/", "zzz"])
def test_a_name_like_none(name: str) -> None:
    """
    All names that there are.
    """
    with pytest.raises(WorkbenchError, match=r"; there are: drain, .*, give-back\.$"):
        find(name)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("chek", "drain"), "check"),
        (("Status",), "status"),
        (("docter",), "doctor"),
        (("trial", "--front", "balancr", "--", "sh"), "balancer"),
    ],
    ids=["chek", "Status", "docter", "--front"],
)
def test_a_verb_with_a_slip(run, words, meant: str) -> None:
    """
    What was probably meant is offered, and not taken.
    """
    said = run(*words)

    assert said.returncode == 2
    assert said.stdout == ""
    assert said.stderr.rstrip().endswith(f"; did you mean {meant}?")


def test_a_verb_like_none(run) -> None:
    """
    All verbs that there are.
    """
    said = run("frobnicate")

    assert said.returncode == 2
    assert all(verb in said.stderr for verb in ("check", "status", "reset", "doctor", "trial"))


def test_how_far_a_check_of_several_is(work, tmp_path, monkeypatch, capsys) -> None:
    """
    Each begins with its place among those that are checked; one alone has none.
    """
    monkeypatch.setattr(workbench.__main__, "find", lambda _: toy_exercise())
    monkeypatch.chdir(tmp_path)

    monkeypatch.setattr(sys, "argv", ["course", "check", "toy", "toy"])
    workbench.__main__.main()
    several = capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["course", "check", "toy"])
    workbench.__main__.main()
    alone = capsys.readouterr().out

    heads = re.findall(r"^(\d of \d): exercises/toy$", several, re.MULTILINE)
    assert heads == ["1 of 2", "2 of 2"]
    assert "1 of 1" not in alone


def test_how_many_are_passed(run, work: Path) -> None:
    """
    A PASS says how many of all exercises the reader has passed.
    """
    exercise = find("rotation-plan")
    exercise.work.mkdir(parents=True)
    for name in exercise.edits:
        shutil.copy(exercise.solution / name, exercise.work)

    assert (
        f"\n  You have passed 1 of {len(exercises())} exercises.\n"
        in run("check", "rotation-plan").stdout
    )


def test_a_file_that_was_not_edited_is_named(work, tmp_path, monkeypatch, capsys) -> None:
    """
    In a terminal, too, a reader sees where the file is that they are to edit.
    """
    monkeypatch.setattr(workbench.__main__, "find", lambda _: toy_exercise())
    monkeypatch.setattr(sys, "argv", ["course", "check", "toy"])
    monkeypatch.chdir(tmp_path)

    assert workbench.__main__.main() == 1
    assert (
        "\n  Edit work/exercises/toy/service.py, and check again.\n" in capsys.readouterr().out
    )


def test_what_a_reset_says(run, work: Path) -> None:
    """
    A sentence: what there is now, and where the reader's own files are.
    """
    exercise = find("fail-fast")
    exercise.work.mkdir(parents=True)
    for name in exercise.edits:
        (exercise.work / name).write_text("mine", encoding="utf-8")
    anew = "fail-fast begins anew with the given service.py and start.sh"
    names = "service.py.bak-1 and start.sh.bak-1"

    assert run("reset", "Fail-Fast/").stdout == (
        f"{anew}; what you had is kept as {names} in the same folder.\n"
    )
    assert run("reset", "fail-fast").stdout == f"{anew}.\n"


def test_how_the_course_is_called_here(tmp_path: Path, monkeypatch) -> None:
    """
    By its name where it is on PATH; by a short path in its own folder; by the whole path
    elsewhere, also beside another program of that name; by Python's name in an environment
    that an update has not reached yet. Each way runs as it stands.
    """
    other = tmp_path / "a b" / "course"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\necho another\n")
    other.chmod(0o755)
    system = os.pathsep.join(("/usr/bin", "/bin"))
    inside = os.pathsep.join((str(PROGRAM.parent), system))
    beside = os.pathsep.join((str(other.parent), system))
    old = tmp_path / "old one" / "python"
    old.parent.mkdir()
    old.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    old.chmod(0o755)
    ways = []
    for path, folder, python in (
        (inside, tmp_path, sys.executable),
        (system, ROOT, sys.executable),
        (beside, tmp_path, sys.executable),
        (system, tmp_path, str(old)),
    ):
        monkeypatch.setenv("PATH", path)
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "executable", python)
        ways.append(course("status"))
        said = subprocess.run(ways[-1], shell=True, capture_output=True, text=True, check=True)  # noqa: S602
        assert said.stdout.startswith(exercises()[0].path)

    short = PROGRAM.relative_to(ROOT) if PROGRAM.is_relative_to(ROOT) else PROGRAM
    assert ways == [
        "course status",
        f"{short} status",
        f"{PROGRAM} status",
        "'old one/python' -m workbench status",
    ]
    monkeypatch.chdir(tmp_path)
    assert near(other) == "'a b/course'"


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """
    Runs a line in a terminal that the JupyterLab of `make lab` opens, for a reader whose home
    has start-up files and lets nobody write; returns what it printed.
    """
    home = tmp_path / "home"
    startup = home / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    for file in (startup / "mine.py", home / "startup.py"):
        file.write_text("print('start-up file')", encoding="utf-8")
    for folder in (startup, startup.parent, startup.parent.parent, home):
        folder.chmod(0o555)
    before = sorted(home.rglob("*"))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    lab = subprocess.Popen(
        [sys.executable, ROOT / "tools" / "lab.py", "--no-browser"],
        cwd=tmp_path,
        env={
            "PATH": os.defpath,
            "HOME": str(home),
            "PYTHONSTARTUP": str(home / "startup.py"),
            "PORT": str(port),
            "SHELL": shutil.which("bash") or "/bin/sh",
            "ALL_PROXY": "socks5://127.0.0.1:9",
            "HISTFILE": os.devnull,  # what a shell keeps is no business of the course
        },
        stdin=subprocess.DEVNULL,  # no terminal: JupyterLab would open login shells
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert lab.stdout is not None
    said = ""
    while (token := re.search(r"127\.0\.0\.1\S+token=(\w+)", said)) is None:
        line = lab.stdout.readline()
        assert line, f"JupyterLab has ended:\n{said}"
        said += line
    assert "Traceback" not in said
    headers = {"Authorization": f"token {token[1]}"}
    address = f"127.0.0.1:{port}"
    assert wait_until(lambda: listens(port), 30)  # it prints its address first

    def run(line: str) -> str:
        request = urllib.request.Request(
            f"http://{address}/api/terminals", data=b"{}", headers=headers, method="POST"
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            name = json.load(answer)["name"]
        url = f"ws://{address}/terminals/websocket/{name}"
        with connect(url, additional_headers=headers, proxy=None) as shell:
            # What is typed is shown, too: the mark stands in it in two pieces.
            shell.send(json.dumps(["stdin", f"{line}; echo end''-of-it\r"]))
            shown, deadline = "", time.monotonic() + 60
            while "end-of-it" not in shown:
                kind, *rest = json.loads(shell.recv(timeout=deadline - time.monotonic()))
                shown += rest[0] if kind == "stdout" else ""
        return shown

    try:
        yield run
    finally:
        lab.terminate()
        later, _ = lab.communicate(timeout=30)
    assert "websocket" not in later
    assert sorted(home.rglob("*")) == before


def test_a_terminal_of_jupyterlab(terminal: Callable[[str], str]) -> None:
    """
    1. `make lab`, which no terminal has started, for somebody whose home is read-only.
    2. A terminal is opened in it: `course status`, then an IPython.

    Result: both run; no start-up file of the reader is read, and their home is as it was.
    """
    shown = terminal("course status")
    assert f"{exercises()[-1].path} " in shown

    shown = terminal("""ipython -c 'print("so", "far")'""")
    assert "so far" in shown
    assert "start-up file" not in shown


def texts() -> dict[str, str]:
    """
    What a reader reads: documents, tasks, and the prose of notebooks.
    """
    found = {str(path): path.read_text(encoding="utf-8") for path in DOCUMENTS}
    found |= {each.path: each.task for each in exercises()}
    for path in on_disk():
        prose = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
        found[str(path)] = "\n".join(prose)
    return found


def test_every_verb_that_is_named_is_one() -> None:
    """
    What a text says to type is taken by the program, and the exercise in it is there.
    """
    named = {
        (words, where)
        for where, text in texts().items()
        for words in re.findall(
            r"(?:`|^)(?:\.venv/bin/)?course ([a-z][^`\n]*)", text, re.MULTILINE
        )
    }
    parser = workbench.__main__._parser()

    assert {words.split()[0] for words, _ in named} == {
        "check",
        "status",
        "reset",
        "stop",
        "doctor",
        "backing-services",
        "hand-in",
        "report",
        "board",
        "regrade",
        "plan",
        "trial",
        "incident",
    }
    for words, where in sorted(named):
        if " " not in words:  # the verb is spoken of, not typed
            continue
        try:
            arguments = parser.parse_args(shlex.split(words))
        except SystemExit as ended:
            if ended.code:
                pytest.fail(f"`course {words}` in {where} is not taken")
            continue  # --help
        if words.startswith("plan "):
            continue  # what it names is a service of the reader's
        names = vars(arguments).get("names") or [vars(arguments).get("name")]
        assert all(find(name) for name in names if name), where


def test_no_text_names_a_python_that_is_not_there() -> None:
    """
    Debian has no `python`, and no system's `python3` has the packages of the course.
    """
    wanting = {
        (line, where)
        for where, text in texts().items()
        for line in re.findall(
            r"(?:`|^)(python3? (?:-m (?:workbench|stand_ins|tools)\b|(?:tools|tests)/)[^`\n]*)",
            text,
            re.MULTILINE,
        )
    }

    assert wanting == set()


def test_make_check_names_an_exercise() -> None:
    """
    `make check NAME=drain` is the same from a shell without the environment's programs.
    """
    said = subprocess.run(
        ["make", "--dry-run", "check", "NAME=drain"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.splitlines()[-1] == ".venv/bin/course check drain"


def test_a_name_that_the_shell_has(monkeypatch) -> None:
    """
    In WSL every shell has a NAME, the host's: `make check` does not look for it.
    """
    monkeypatch.setenv("NAME", "DESKTOP-ADA")
    said = subprocess.run(
        ["make", "--dry-run", "check"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert said.stdout.splitlines()[-1].rstrip() == ".venv/bin/course check"
