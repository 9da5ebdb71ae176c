"""
Lint, types, and the tests of what you are working on, in under a minute.

    .venv/bin/python -m tools.quick

What differs from the last commit decides, or where nothing does, the last commit itself. For an
exercise that is its untouched service and its solution; for a notebook, the notebook; for a
module, the test file of its name. What is left for `make test` is said, and how many proofs it
would make anew: a line in a file that all of them depend on may cost an hour.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import PurePath

from tools import ROOT
from tools.prove import EMBEDDED, PROOFS, lint, python

ENOUGH = 50.0  # seconds; nothing more is begun after it
ALWAYS = ("tests/course/test_repository.py", "tests/course/test_guide.py")
ENDS = "untouched or solution"
# Of a merge, what it brings.
LAST_COMMIT = ("show", "--first-parent", "--name-only", "--format=", "HEAD")
EXERCISES = ("labs", "solutions", "tests/exercises/answers")


def changed() -> list[PurePath]:
    """
    The files that differ from the last commit; if none does, those of that commit.
    """
    now = git("status", "--porcelain", "--untracked-files=all", "--no-renames")
    names = [line[3:] for line in now] or git(*LAST_COMMIT)
    return [PurePath(name) for name in names]


def git(*arguments: str) -> list[str]:
    command = ["git", "-C", str(ROOT), "-c", "core.quotePath=false", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def exercises(files: Iterable[PurePath]) -> list[str]:
    """
    The exercises that the files belong to, as chapter/name.
    """
    found = []
    for file in files:
        for root in map(PurePath, EXERCISES):
            inside = file.relative_to(root).parts if file.is_relative_to(root) else ()
            if len(inside) > 2 and (ROOT / "labs" / inside[0] / inside[1]).is_dir():
                found.append(f"{inside[0]}/{inside[1]}")
    return list(dict.fromkeys(found))


def notebooks(files: Iterable[PurePath]) -> list[str]:
    """
    The notebooks that the files lie beside, or are.
    """
    beside = (path for f in files for path in sorted((ROOT / f).parent.glob("*.ipynb")))
    return list(dict.fromkeys(str(path.relative_to(ROOT)) for path in beside))


def tests(files: Sequence[PurePath]) -> list[str]:
    """
    The test files that were changed, and those that have the name of what was.
    """
    found = [
        str(file) for file in files if file.parts[0] == "tests" and file.match("test_*.py")
    ]
    for file in files:
        if file.suffix == ".py" and file.parts[0] in ("workbench", "tools", "stand_ins"):
            name = f"test_{file.stem.removeprefix('_')}.py"
            found += [str(path.relative_to(ROOT)) for path in ROOT.glob(f"tests/*/{name}")]
    return list(dict.fromkeys(path for path in found if (ROOT / path).exists()))


def proofs_to_make() -> str:
    """
    What pytest says of the proofs when it has collected them, if it can.
    """
    collect = ("-m", "pytest", *PROOFS, "--kept", "--collect-only", "-q", "--no-header")
    command = [sys.executable, *collect, "-p", "no:cacheprovider"]
    env = os.environ | EMBEDDED
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    said = (line for line in done.stdout.splitlines() if line.startswith("proofs: "))
    return next(said, "its proofs cannot be collected")


def main() -> int:
    began = time.monotonic()
    files = changed()
    chosen = [path for path in dict.fromkeys([*tests(files), *ALWAYS]) if path not in PROOFS]
    pytest = partial(python, "-m", "pytest", "-q", "--no-header", "-n", "2")
    steps: list[tuple[str, Callable[[], int]]] = [
        ("make lint", lint),
        (" ".join(chosen), partial(pytest, *chosen)),
        *(
            (f"{name}, {ENDS}", partial(pytest, PROOFS[0], "--only", name, "-k", ENDS))
            for name in exercises(files)
        ),
        *(
            (path, partial(python, "-m", "tools.notebooks", "test", path))
            for path in notebooks(files)
        ),
    ]
    red, left = [], []
    for what, step in steps:
        if time.monotonic() - began > ENOUGH:
            left.append(what)
            continue
        print(f"\n▶ {what}", flush=True)
        if step() != 0:
            red.append(what)
    for what in red:
        print(f"✗ {what}")
    for what in left:
        print(f"– not begun: {what}")
    print(f"{time.monotonic() - began:.0f} s; make test proves the rest; {proofs_to_make()}.")
    return int(bool(red))


if __name__ == "__main__":
    sys.exit(main())
