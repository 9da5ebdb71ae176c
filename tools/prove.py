"""
Prove the course, a part after the other, and say how long each took.

    .venv/bin/python -m tools.prove [PART …]
    .venv/bin/python -m tools.prove --exercise drain      one exercise: its known answers
    .venv/bin/python -m tools.prove --notebook 5.1        one notebook: itself, and its canaries

Without a PART it proves what needs nothing but Python: lint, proofs, mutants, tests, notebooks.
Those run on the backing services that pip brings, whatever else the machine has. What fails
beside others runs once more, alone: two noisy cores are not the course's fault.

    .venv/bin/python -m tools.prove --anew proofs tests     believe no kept proof
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from tools import ROOT
from tools.notebooks.files import on_disk
from tools.notebooks.run import read_report
from tools.proven import head
from workbench._servers import STAND_IN
from workbench.errors import WorkbenchError
from workbench.exercises.exercise import find

PROOFS = (
    "tests/exercises/test_proofs.py",
    "tests/course/test_canaries.py",
    "tests/incidents/test_proofs.py",
)
EMBEDDED = {"COURSE_REDIS_URL": STAND_IN, "COURSE_DATABASE_URL": "", "COURSE_VAULT_ADDR": ""}
# Most tests wait, so there are three at a time.
SIDE_BY_SIDE = ("-n", "3", "--dist", "loadgroup")
AGAIN = ("--last-failed", "--last-failed-no-failures", "none", "-rp")
SOME_FAILED = 1  # pytest's exit code, where nothing worse has happened
A_FEW = ("--touched", "--most", "20")

LAST_LINES = 15  # of each failure: there it says what was seen
MOST_TOLD = 10  # failures
COLOURS = re.compile(r"\x1b\[[0-9;]*m")

believing = ["--kept"]  # what pytest is told about kept proofs
red: list[str] = []  # what has failed in the end, and its last lines


@dataclass(frozen=True)
class Part:
    """
    What is proved at one go, and how; what `prove` returns is an exit code, or nothing where
    this machine lacks what the part needs.
    """

    what: str
    prove: Callable[[], int | None]


def run(*command: str | Path, env: Mapping[str, str] | None = None) -> int:
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | (env or {}), check=False
    ).returncode


def python(*arguments: str | Path) -> int:
    return run(sys.executable, *arguments, env=EMBEDDED)


def pytest(*arguments: str, workers: Sequence[str] = SIDE_BY_SIDE) -> int:
    """
    Run tests; what fails, once more and alone.
    """
    with tempfile.TemporaryDirectory(prefix="prove-") as folder:
        report = Path(folder, "report.xml")
        command = ("-m", "pytest", *arguments, *believing, f"--junit-xml={report}")
        code = python(*command, *workers)
        if code == SOME_FAILED:
            print("\nOnce more, alone:", flush=True)
            code = python(*command, *AGAIN)
        if code and report.exists():
            cases = ET.parse(report).iter("testcase")  # noqa: S314, pytest has just written it
            for case in cases:
                for fault in (*case.iter("failure"), *case.iter("error")):
                    remember(f"{case.get('classname')}::{case.get('name')}", fault.text or "")
    return code


def notebooks(*command: str | Path) -> int:
    """
    Run notebooks by a command that can leave a report of their cells.
    """
    with tempfile.TemporaryDirectory(prefix="prove-") as folder:
        report = Path(folder, "report.jsonl")
        code = python(*command, "--report", report)
        if code and report.exists():
            # Of a notebook that was run twice, the second run counts.
            cells = {(c["notebook"], c["cell"], c["when"]): c for c in read_report(report)}
            for (path, name, _), cell in cells.items():
                if cell["outcome"] == "failed":
                    remember(f"{Path(path).stem}, {name}", cell["text"])
    return code


def remember(name: str, text: str) -> None:
    lines = [line for line in COLOURS.sub("", text).splitlines() if line.strip()]
    red.append("\n".join([f"✗ {name}", *(f"    {line}" for line in lines[-LAST_LINES:])]))


def lint() -> int:
    return run("make", "--no-print-directory", "lint")


def hub() -> int | None:
    if shutil.which("npm") is None:
        print("Not run: the tests of hub/ need npm.")
        return None
    return run(ROOT / "hub" / "test")


def site() -> int | None:
    """
    Build the site and read it; where its packages are not to be had, say so.
    """
    if run(ROOT / "site" / "environment"):
        print("Not run: what the site is built with could not be installed (see above).")
        return None
    return python("-m", "tools.site", "build") or pytest("tests/site", "-rs", workers=())


PARTS = {
    "lint": Part("style, types, the workflow", lint),
    "proofs": Part("exercises, canaries and incidents", lambda: pytest(*PROOFS)),
    "mutants": Part(
        "changes of the solutions that were touched",
        lambda: python("-m", "tools.mutants", *A_FEW, "--seed", head()),
    ),
    "tests": Part(
        "everything else under tests/",
        lambda: pytest("tests", *(f"--ignore={path}" for path in PROOFS)),
    ),
    "notebooks": Part(
        "every notebook", lambda: notebooks("-m", "tools.notebooks", "test", "--again")
    ),
    "backing": Part(
        "what asks for Redis or PostgreSQL, on the system's own",
        lambda: notebooks("-m", "tools.backing_services"),
    ),
    "hub": Part("two people at once on a hub", hub),
    "site": Part("the site to read, in a browser", site),
    "classroom": Part(
        "the classroom on a Docker engine",
        lambda: pytest("tests/classroom", "-rsf", "--capture=no", workers=()),
    ),
}
USUAL = ("lint", "proofs", "mutants", "tests", "notebooks")


def one_exercise(name: str) -> dict[str, Part]:
    path = find(name).path
    return {"proofs": Part(path, lambda: pytest(PROOFS[0], "--only", path))}


def one_notebook(name: str) -> dict[str, Part]:
    """
    A notebook by its number, its name or its path, and its canaries.
    """
    wanted = Path(name).name.removesuffix(".ipynb")  # "5.1" has no suffix
    chapters = [path for path in on_disk() if path.is_relative_to(ROOT / "chapters")]
    found = [path for path in chapters if wanted in (path.stem, path.stem.split("_")[0])]
    if len(found) != 1:
        names = ", ".join(path.stem for path in chapters)
        raise WorkbenchError(f"{name!r} is no notebook of a chapter; there are: {names}.")
    (path,) = found
    subject = str(path.parent.relative_to(ROOT / "chapters"))
    return {
        "notebooks": Part(
            path.stem, lambda: notebooks("-m", "tools.notebooks", "test", "--again", path)
        ),
        "canaries": Part(
            path.stem, lambda: pytest(PROOFS[1], "--only", subject, "-k", "test_canary")
        ),
    }


def prove(parts: Mapping[str, Part]) -> int:
    """
    Prove each part, also after one that is red; print what became of them.

    The last words are of what is red: who opens a long log in CI begins there.
    """
    lines, codes = [], []
    red.clear()
    for name, part in parts.items():
        print(f"\n▶ {name}: {part.what}", flush=True)
        began = time.monotonic()
        codes.append(part.prove())
        minutes, seconds = divmod(round(time.monotonic() - began), 60)
        mark = {None: "–", 0: "✓"}.get(codes[-1], "✗")
        absent = " (not run, see above)" if codes[-1] is None else ""
        lines.append(f"{mark} {name:<10} {minutes:3}:{seconds:02}  {part.what}{absent}")
    print("\n".join(["", *lines]), flush=True)
    if red:
        more = len(red) - MOST_TOLD
        print("", *red[:MOST_TOLD], *([f"… and {more} more"] if more > 0 else []), sep="\n")
    return int(any(codes))


def main() -> int:
    about = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    about.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    about.add_argument("--exercise", metavar="NAME")
    about.add_argument("--notebook", metavar="NUMBER")
    about.add_argument("--anew", action="store_true", help="believe no kept proof")
    given = about.parse_args()
    if given.anew:
        believing.clear()
    if strangers := [name for name in given.parts if name not in PARTS]:
        about.error(f"there is no part {strangers[0]!r}; there are: {', '.join(PARTS)}")
    try:
        if given.exercise:
            return prove(one_exercise(given.exercise))
        if given.notebook:
            return prove(one_notebook(given.notebook))
    except WorkbenchError as refusal:
        print(refusal, file=sys.stderr)
        return 2
    return prove({name: PARTS[name] for name in given.parts or USUAL})


if __name__ == "__main__":
    sys.exit(main())
