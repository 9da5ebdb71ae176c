"""
What this machine lacks for the course, and what an earlier session left running.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
from packaging.requirements import Requirement

from ._predictions import Prediction
from ._records import Record, printable, set_aside
from ._servers import look_at_postgres, look_at_redis
from ._surroundings import HOME_MARK, too_late
from .errors import refusal
from .exercises.exercise import COURSE, work_folder
from .exercises.verdict import Verdict
from .incidents import Report
from .sidecars.guard import GRACE, RUN_MARK

NEEDED_DISK = 500  # MB
GUARD = "/sidecars/guard.py"
OLDEST, NEWEST = (3, 11), (3, 14)


def doctor() -> int:
    """
    Look for what the course needs on this machine, and say what to do where it is missing.
    """
    problems = 0
    for name, look, needed in (
        ("Python", _python, True),
        ("packages", _packages, True),
        ("environment", _environment, False),
        ("a port on 127.0.0.1", _port, True),
        ("room on the disk", _disk, True),
        ("work folder", _work, True),
        ("temporary folders", _folders, False),  # before we have one: our servers' is next
        ("Redis", look_at_redis, True),
        ("PostgreSQL", look_at_postgres, True),
        ("records", _records, False),
        ("sh", lambda: _program("sh", "", "Windows? Use WSL: the course needs signals"), True),
        ("bash", lambda: _program("bash", "exercise rows about it are left out", ""), False),
        (
            "tini",
            lambda: _program("tini", "rows about it are left out", "apt install tini"),
            False,
        ),
        ("PID namespaces", _namespace, False),
        ("kubectl", lambda: _program("kubectl", "4.1 asks a small one of its own", ""), False),
        ("haproxy", lambda: _program("haproxy", "a section of 4.2 is left out", ""), False),
        ("Docker", lambda: _program("docker", "nothing but `make up` needs it", ""), False),
        ("a browser", _browser, False),
    ):
        fault, words = look()
        mark = "✓" if not fault else "✗" if needed else "·"
        print(f"{mark} {name}: {words}")
        problems += fault and needed
    if problems:
        print(f"{problems} of these must be put right before the course can run.")
    return 1 if problems else 0


def stop() -> int:
    """
    End every process of this checkout whose notebook or check is gone.
    """
    left = left_behind()
    for process in left:
        with suppress(psutil.Error):
            print(printable(f"ending pid {process.pid}: {' '.join(process.cmdline())[:80]}"))
            process.terminate()
    for process in psutil.wait_procs(left, timeout=GRACE)[1]:
        with suppress(psutil.Error):
            process.kill()
    print(f"{len(left)} left behind" if left else "Nothing was left behind.")
    return 0


def left_behind() -> list[psutil.Process]:
    """
    Processes that carry this checkout's mark, none of whose owners' guards is alive.

    And, without a mark, those whose folder was that of a check that is over.
    """
    guarded, marked = set(), []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if "guard.py" in " ".join(command := process.cmdline()):
                guarded.add(command[-1])
            environment = process.environ()
            if environment.get(HOME_MARK) == str(COURSE) and RUN_MARK in environment:
                marked.append((process, environment[RUN_MARK].split(":")))
            elif _in_the_folder_of_a_check_that_is_over(process.pid):
                marked.append((process, []))
    return [process for process, owners in marked if not guarded.intersection(owners)]


def _in_the_folder_of_a_check_that_is_over(pid: int) -> bool:
    """
    Whether a process works in a removed folder of a check. (Linux; elsewhere nobody can tell.)

    The kernel says that it is removed: a path that is not here may well be in a container.
    """
    with suppress(OSError):
        folder = str(Path(f"/proc/{pid}/cwd").readlink())
        return "/workbench-check-" in folder and folder.endswith(" (deleted)")
    return False


def _python() -> tuple[bool, str]:
    ok = OLDEST <= sys.version_info[:2] <= NEWEST
    words = f"{sys.version.split()[0]} at {sys.executable}"
    wanted = f"the course is for {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
    return not ok, words if ok else f"{words}; {wanted}: make the environment with another"


def _packages() -> tuple[bool, str]:
    """
    Every package of the lock that is for this machine has the locked version.
    """
    lock = (COURSE / "requirements.txt").read_text(encoding="utf-8")
    pins = [
        Requirement(pin) for pin in re.findall(r"^(\w[^\\\n]*==[^\\\n]*)", lock, re.MULTILINE)
    ]
    wrong = []
    for pin in pins:
        if pin.marker is not None and not pin.marker.evaluate():
            continue
        try:
            if (found := version(pin.name)) not in pin.specifier:
                wrong.append(f"{pin.name} is {found}, not {pin.specifier}")
        except PackageNotFoundError:
            wrong.append(f"{pin.name} is missing")
    if wrong:
        return True, f"{'; '.join(wrong[:5])}: run `make lab`, which installs the lock"
    return False, "all of requirements.txt"


def _environment() -> tuple[bool, str]:
    """
    What a kernel started from here, and not by `make lab`, would refuse to run with.
    """
    if found := too_late():
        return True, f"{'; '.join(found)}: unset it, or start JupyterLab by `make lab`"
    return False, "what is set here changes no experiment"


def _port() -> tuple[bool, str]:
    try:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
    except OSError as error:
        return True, f"{error.strerror}: allow this user to listen on the loopback"
    return False, "one can be had"


def _disk() -> tuple[bool, str]:
    free = shutil.disk_usage(COURSE).free >> 20
    return free < NEEDED_DISK, f"{free} MB free, of {NEEDED_DISK} needed"


def _work() -> tuple[bool, str]:
    folder = work_folder()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    ok = os.access(existing, os.W_OK)
    return not ok, f"{folder}" if ok else f"{existing} cannot be written to: make it yours"


def _records() -> tuple[bool, str]:
    kept: dict[str, type[Record]] = {
        ".verdicts": Verdict,
        ".predictions": Prediction,
        ".incidents": Report,
    }
    try:
        aside = {
            old: new
            for name, kind in kept.items()
            for old, new in set_aside(work_folder() / name, kind).items()
        }
    except OSError as error:
        return True, refusal(error, work_folder())
    names = ", ".join(f"{old} is now {new.name}" for old, new in aside.items())
    return bool(aside), f"no record, so set aside: {names}" if aside else "all can be read"


def _folders() -> tuple[bool, str]:
    """
    Folders of kernels that were killed together with their guards.

    They are named, not removed: by its name alone nobody can tell whose a folder is.
    """
    place = tempfile.gettempdir()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            is_guard = any(word.endswith(GUARD) for word in process.cmdline())  # any checkout's
            if is_guard and process.environ().get("TMPDIR") == os.environ.get("TMPDIR"):
                return False, f"kernels use theirs in {place}; look again when none runs"
    with os.scandir(place) as entries:
        left = sorted(
            entry.path
            for entry in entries
            if entry.name.startswith("workbench-")
            and entry.is_dir(follow_symlinks=False)
            and entry.stat(follow_symlinks=False).st_uid == os.geteuid()
        )
    if not left:
        return False, f"none was left behind in {place}"
    words = f"{len(left)} left behind by kernels that were killed: rm -r {left[0]}"
    return True, printable(words + " and the like" if len(left) > 1 else words)


def _program(name: str, otherwise: str, advice: str) -> tuple[bool, str]:
    found = shutil.which(name)
    return not found, found or "; ".join(filter(None, ("not found", otherwise, advice)))


def _namespace() -> tuple[bool, str]:
    command = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    try:
        subprocess.run(
            [*command, "--pid", "--fork", "--mount-proc", "true"],
            check=True,
            capture_output=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return True, f"not allowed ({error}); what needs PID 1 is said, not shown"
    return False, "allowed: services can be PID 1"


def _browser() -> tuple[bool, str]:
    for name in ("chromium", "google-chrome", "firefox"):
        if found := shutil.which(name):
            return False, found
    return True, "none found by name; open the address that `make lab` prints in any browser"
